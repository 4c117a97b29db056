"""`kura alert`: what has begun to be otherwise, in words, and to a webhook, each once."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from kura_udfs.errors import KuraError

NEEDED = ("fct_kura__alerts", "dim_kura__clusters")
MEMORY = "kura_posted_alerts"
A_MESSAGE = 20
"""Alerts of one message, so that none is longer than what chats take."""
ATTEMPTS = 4
LONGEST_WAIT = 60.0

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


def active(connection: Any) -> list[Alert]:
    """Return the alerts of the last run, the gravest first, out of the public tables; never of a suppressed cluster."""
    rows = connection.execute(
        "select alerts.alert_id, alerts.kind, clusters.path, alerts.severity, alerts.since, alerts.conversation_count,"
        " alerts.share, alerts.usual_share"
        " from fct_kura__alerts as alerts inner join dim_kura__clusters as clusters using (cluster_id)"
        " where alerts.is_active and not clusters.is_suppressed"
        " order by case alerts.severity when 'high' then 1 when 'medium' then 2 else 3 end, alerts.q_value, alert_id"
    ).fetchall()
    return [Alert(*row) for row in rows]


def sentence(alert: Alert) -> str:
    """Return what an alert says, in a line."""
    usual = f", before {_percent(alert.usual_share)}" if alert.usual_share is not None else ""
    return (
        f"{_WORDS[alert.kind]} ({alert.severity}): {alert.path}, {alert.conversation_count} conversations"
        f" since {alert.since:%Y-%m-%d}, {_percent(alert.share)}{usual}"
    )


def message(alerts: Sequence[Alert]) -> dict[str, str]:
    """Return alerts as Slack takes them, and what speaks its language: Mattermost, Rocket.Chat, Discord's `/slack`."""
    lines = [f"• {_escaped(sentence(alert))}" for alert in alerts]
    return {"text": "\n".join(["*Kura*", *lines])}


def post_new(connection: Any, memory: str, webhook: str, post: Callable[[str, bytes], None]) -> int:
    """Post the alerts that a webhook has not had yet; returns how many.

    Parameters
    ----------
    connection
        With the public tables under their names.
    memory
        The table of what has been posted, as SQL names it. A message is remembered as soon as the webhook has taken it.
    webhook
        Its address, of which only a hash is kept.
    post
        What sends a body to an address, or raises.
    """
    destination = hashlib.sha256(webhook.encode()).hexdigest()[:32]
    known = connection.execute(f"select alert_id from {memory} where destination = ?", [destination]).fetchall()
    waiting = [alert for alert in active(connection) if (alert.alert_id,) not in known]
    for start in range(0, len(waiting), A_MESSAGE):
        batch = waiting[start : start + A_MESSAGE]
        post(webhook, json.dumps(message(batch)).encode())
        now = datetime.now(UTC).replace(tzinfo=None)
        for alert in batch:
            connection.execute(
                f"insert into {memory} (alert_id, destination, posted_at) values (?, ?, ?)",
                [alert.alert_id, destination, now],
            )
    return len(waiting)


def send(webhook: str, body: bytes, wait: Callable[[float], None] = time.sleep) -> None:
    """Send a body to a webhook, and again where it is too busy or not there.

    Raises
    ------
    KuraError
        When the address is none, or the webhook does not take it. The address is not told: who has it can post.
    """
    parts = urllib.parse.urlsplit(webhook)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise KuraError("--webhook must be an address that begins with https://, as Slack gives it.")
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
                raise KuraError(f"the webhook at {parts.hostname} does not take the alerts: {why}.") from None
            delay = _asked_wait(error.headers.get("Retry-After"), delay)
        except (OSError, ValueError) as error:
            why = type(getattr(error, "reason", error)).__name__
        if attempt < ATTEMPTS - 1:
            wait(delay)
    raise KuraError(
        f"the webhook at {parts.hostname} can't be reached: {why}. Nothing is lost: run `kura alert` again."
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody: what has been sent to one address is not for another."""

    def redirect_request(self, *arguments: Any) -> None:
        return None


def _asked_wait(said: str | None, otherwise: float) -> float:
    return min(float(said), LONGEST_WAIT) if said is not None and said.strip().isdigit() else otherwise


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _escaped(text: str) -> str:
    """A text in which Slack sees neither links nor mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
