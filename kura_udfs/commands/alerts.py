"""`kura alert`: what has begun to be otherwise, in words, and to a webhook, each once."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Protocol

from kura_udfs.commands import through_dbt
from kura_udfs.commands.outputs import percent, plural
from kura_udfs.commands.warehouse import HeldError
from kura_udfs.errors import KuraError

NEEDED = ("fct_kura__alerts", "dim_kura__clusters")
MEMORY = "kura_posted_alerts"
A_MESSAGE = 20
"""Alerts of one message, so that none is longer than what chats take."""
ATTEMPTS = 4
LONGEST_WAIT = 60.0
PATIENCE = 600
"""So many seconds a build that has begun meanwhile is waited for."""

_WORDS = {
    "new": "New topic",
    "spike": "Far more than usual",
    "growing": "Growing",
    "frustration": "More frustration",
    "unresolved": "More that ends unresolved",
    "failed_tools": "More failed tools",
}


class Alert(NamedTuple):
    """An alert that goes on, of which only what readers see is known."""

    alert_id: str
    kind: str
    path: str
    severity: str
    since: date
    conversation_count: int
    share: float
    usual_share: float | None


ACTIVE = (
    "select alerts.alert_id, alerts.kind, clusters.path, alerts.severity, alerts.since, alerts.conversation_count,"
    " alerts.share, alerts.usual_share"
    " from {alerts} as alerts inner join {clusters} as clusters using (cluster_id)"
    " where alerts.is_active and not clusters.is_suppressed{which}"
    " order by case alerts.severity when 'high' then 1 when 'medium' then 2 else 3 end, alerts.q_value, alerts.alert_id"
)
"""The alerts of the last run, the gravest first, out of the public tables; never of a suppressed cluster."""
WAITING = " and alerts.alert_id not in (select alert_id from {memory} where destination = '{destination}')"
"""Only those that a destination, which is a hash, has not had."""


class Board(Protocol):
    """Where alerts stand, and what has been posted of them."""

    def waiting(self, destination: str) -> list[Alert]:
        """Return the alerts of the last run that a destination has not had, the gravest first."""

    def remember(self, alerts: Sequence[Alert], destination: str) -> None:
        """Keep in mind that a destination has them."""


class OpenBoard(NamedTuple):
    """Tables of a database that is open, the public ones under their names.

    Attributes
    ----------
    connection
        To DuckDB.
    memory
        The table of what has been posted, as SQL names it.
    """

    connection: Any
    memory: str = ""

    def active(self, which: str = "") -> list[Alert]:
        query = ACTIVE.format(alerts="fct_kura__alerts", clusters="dim_kura__clusters", which=which)
        return [Alert(*row) for row in self.connection.execute(query).fetchall()]

    def waiting(self, destination: str) -> list[Alert]:
        return self.active(WAITING.format(memory=self.memory, destination=destination))

    def remember(self, alerts: Sequence[Alert], destination: str) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        for alert in alerts:
            self.connection.execute(
                f"insert into {self.memory} (alert_id, destination, posted_at) values (?, ?, ?)",
                [alert.alert_id, destination, now],
            )


class ClosedBoard(NamedTuple):
    """Tables of a file that is open only for as long as they are read or written: a build can't open it meanwhile.

    Attributes
    ----------
    opened
        Opens it.
    pause
        Waits so many seconds, where a build has begun since.
    """

    opened: Callable[[], AbstractContextManager[OpenBoard]]
    pause: Callable[[float], None] = time.sleep

    def waiting(self, destination: str) -> list[Alert]:
        with self.opened() as board:
            return board.waiting(destination)

    def remember(self, alerts: Sequence[Alert], destination: str) -> None:
        for _ in range(PATIENCE):
            try:
                with self.opened() as board:
                    return board.remember(alerts, destination)
            except HeldError as error:
                held = error
                self.pause(1.0)
        raise KuraError(
            f"{plural(len(alerts), 'alert')} posted, but not noted, so that they will be posted again: {held}"
        )


class DbtBoard:
    """Tables that only the project's dbt can reach: those of Snowflake, with what its profile knows of the way."""

    def active(self, which: str = "") -> list[Alert]:
        alerts, clusters = _ref("fct_kura__alerts"), _ref("dim_kura__clusters")
        query = ACTIVE.format(alerts=alerts, clusters=clusters, which=which)
        return [_read(row) for row in through_dbt.rows(query)]

    def waiting(self, destination: str) -> list[Alert]:
        return self.active(WAITING.format(memory=_ref(MEMORY), destination=destination))

    def remember(self, alerts: Sequence[Alert], destination: str) -> None:
        ids = [alert.alert_id for alert in alerts]
        through_dbt.operate("kura_remember_alerts", alert_ids=ids, destination=destination)


def sentence(alert: Alert) -> str:
    """Return what an alert says, in a line."""
    usual = f", before {percent(alert.usual_share)}" if alert.usual_share is not None else ""
    return (
        f"{_WORDS[alert.kind]} ({alert.severity}): {alert.path}, {plural(alert.conversation_count, 'conversation')}"
        f" since {alert.since:%Y-%m-%d}, {percent(alert.share)}{usual}"
    )


def message(alerts: Sequence[Alert]) -> dict[str, str]:
    """Return alerts as Slack takes them, and what speaks its language: Mattermost, Rocket.Chat, Discord's `/slack`."""
    lines = [f"• {_escaped(sentence(alert))}" for alert in alerts]
    return {"text": "\n".join(["*Kura*", *lines])}


def post_new(board: Board, webhook: str, post: Callable[[str, bytes], None]) -> int:
    """Post the alerts that a webhook has not had yet; returns how many.

    Parameters
    ----------
    board
        Where they stand. A message is remembered as soon as the webhook has taken it.
    webhook
        Its address, of which only a hash is kept.
    post
        What sends a body to an address, or raises.

    Raises
    ------
    KuraError
        When the address is none, also while there is nothing to post: nobody should learn that from the first alert.
    """
    _host(webhook)
    destination = hashlib.sha256(webhook.encode()).hexdigest()[:32]
    waiting = board.waiting(destination)
    for start in range(0, len(waiting), A_MESSAGE):
        batch = waiting[start : start + A_MESSAGE]
        post(webhook, json.dumps(message(batch)).encode())
        board.remember(batch, destination)
    return len(waiting)


def send(webhook: str, body: bytes, wait: Callable[[float], None] = time.sleep) -> None:
    """Send a body to a webhook, and again where it is too busy or not there.

    Raises
    ------
    KuraError
        When the address is none, or the webhook does not take it. The address is not told: who has it can post.
    """
    host = _host(webhook)
    request = urllib.request.Request(webhook, body, {"Content-Type": "application/json"}, method="POST")
    why = ""
    for attempt in range(ATTEMPTS):
        delay = 2.0**attempt
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=30):
                return
        except urllib.error.HTTPError as error:
            why = f"it answers {error.code}"
            if error.code != 429 and error.code < 500:
                raise KuraError(f"the webhook at {host} does not take the alerts: {why}.") from None
            delay = _asked_wait(error.headers.get("Retry-After"), delay)
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = type(getattr(error, "reason", error)).__name__
        if attempt < ATTEMPTS - 1:
            wait(delay)
    raise KuraError(f"the webhook at {host} can't be reached: {why}. Nothing is lost: run `kura alert` again.")


def _host(webhook: str) -> str:
    """Return whose address it is, which may be told."""
    try:
        parts = urllib.parse.urlsplit(webhook)
        is_one = parts.scheme in ("http", "https") and parts.port != 0 and len(webhook.split()) == 1
    except ValueError:  # a bracket that nothing closes, a port that is no number
        is_one = False
    if not is_one or not parts.hostname:
        raise KuraError(
            "--webhook, or KURA_ALERT_WEBHOOK, must be an address that begins with https://, as Slack gives it."
        )
    return parts.hostname


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody: what has been sent to one address is not for another."""

    def redirect_request(self, *arguments: Any) -> None:
        return None


def _asked_wait(said: str | None, otherwise: float) -> float:
    return min(float(said), LONGEST_WAIT) if said is not None and said.strip().isdecimal() else otherwise


def _ref(name: str) -> str:
    return f"{{{{ ref('kura', '{name}') }}}}"


def _read(row: dict[str, Any]) -> Alert:
    """An alert out of what dbt prints: days as texts, numbers as they come."""
    usual = row["usual_share"]
    read = {
        "since": date.fromisoformat(str(row["since"])[:10]),
        "conversation_count": int(float(row["conversation_count"])),
        "share": float(row["share"]),
        "usual_share": None if usual is None else float(usual),
    }
    return Alert(**{name: row[name] for name in Alert._fields} | read)


def _escaped(text: str) -> str:
    """A text in which Slack sees neither links nor mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
