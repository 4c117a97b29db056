"""`kura alert --webhook` over real HTTP: once for each alert and address, again where nobody is there, and nothing that readers don't see."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from kura_udfs.commands import alerts
from kura_udfs.commands.main import main
from kura_udfs.commands.warehouse import HeldError
from kura_udfs.errors import KuraError
from tests.support.standin import GARBAGE, StandIn
from tests.support.webhook import webhook


def database(path: Path, count: int = 2) -> Path:
    """The tables that the command reads and the one that it writes, as a build leaves them."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"""
            create schema kura;
            create schema kura_internal;
            create table kura.dim_kura__clusters as
                select 'c' || i as cluster_id, 'Headlamp <battery> & ' || i as path, i = 99 as is_suppressed
                from range(100) as t (i);
            create table kura.fct_kura__alerts as
                select
                    'a' || i as alert_id, 'new' as kind, 'c' || i as cluster_id, 'medium' as severity,
                    date '2026-08-10' as since, 30 as conversation_count, 0.01::double as share,
                    null::double as usual_share, 0.01::double as q_value, i <> 98 as is_active
                from range({count}) as t (i)
                union all select 'a98', 'spike', 'c98', 'high', date '2026-08-10', 30, 0.1, 0.01, 0.01, false
                union all select 'a99', 'spike', 'c99', 'high', date '2026-08-10', 30, 0.1, 0.01, 0.01, true;
            create table kura_internal.kura_posted_alerts (alert_id varchar, destination varchar, posted_at timestamp);
            """
        )
    return path


def test_what_is_new_is_posted_once_to_each_address_and_nothing_of_what_readers_do_not_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(database(tmp_path / "w.duckdb"))
    arguments = ["alert", "--database", file, "--target-path", str(tmp_path / "none"), "--webhook"]
    with webhook() as (address, got), webhook() as (other, other_got):
        assert main([*arguments, address]) == 0
        assert main([*arguments, address]) == 0
        assert main([*arguments, other]) == 0
        with duckdb.connect(file) as connection:
            connection.execute("update kura.fct_kura__alerts set is_active = true where alert_id = 'a98'")
        assert main([*arguments, address]) == 0
    assert [len(each) for each in (got, other_got)] == [2, 1]
    assert got[0].keys() == {"text"}
    assert got[0]["text"].count("Headlamp &lt;battery&gt; &amp; ") == 2
    assert got[1]["text"].endswith(
        "Far more than usual (high): Headlamp &lt;battery&gt; &amp; 98, 30 conversations since 2026-08-10, 10.0 %, before 1.0 %"
    )
    assert "99" not in json.dumps([*got, *other_got])  # suppressed
    printed = capsys.readouterr().out
    assert printed.splitlines() == [f"Posted {n} new alert{s}." for n, s in ((2, "s"), (0, "s"), (2, "s"), (1, ""))]
    with duckdb.connect(file, read_only=True) as connection:
        kept = connection.sql("select * from kura_internal.kura_posted_alerts").fetchall()
    assert len(kept) == 5
    assert "secret-token" not in str(kept)


def test_without_a_webhook_they_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(database(tmp_path / "w.duckdb", count=1))
    assert main(["alert", "--database", file, "--target-path", str(tmp_path / "none")]) == 0
    said = "New topic (medium): Headlamp <battery> & 0, 30 conversations since 2026-08-10, 1.0 %"
    assert capsys.readouterr().out == said + "\n"


@pytest.mark.parametrize(
    "address", ["", "hooks.example.com/x", "ftp://example.com/x", "https://[x", "https://x:y/", "https://x/a b"]
)
def test_an_address_that_is_none_is_told_before_there_is_an_alert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    file = str(database(tmp_path / "w.duckdb", count=0))
    assert main(["alert", "--database", file, "--target-path", str(tmp_path / "none"), "--webhook", address]) == 1
    assert "must be an address that begins with https://" in capsys.readouterr().err


def test_a_webhook_that_is_busy_is_asked_again_and_one_that_refuses_is_not() -> None:
    waited: list[float] = []
    with webhook(503, 429) as (address, got):
        alerts.send(address, b'{"text": "x"}', waited.append)
    assert (waited, got) == ([1.0, 2.0], [{"text": "x"}])
    for code, said in ((404, "does not take the alerts: it answers 404"), (302, "it answers 302")):
        with webhook(code, code, code, code) as (address, got), pytest.raises(KuraError, match=said) as error:
            alerts.send(address, b"{}", waited.append)
        assert "secret-token" not in str(error.value)
        assert got == []
    assert len(waited) == 2


def test_what_could_not_be_posted_is_posted_by_the_next_run(tmp_path: Path) -> None:
    file = database(tmp_path / "w.duckdb", count=25)
    with webhook(200, 400) as (address, got):
        with duckdb.connect(str(file)) as connection:
            connection.execute("use kura")
            memory = "kura_internal.kura_posted_alerts"
            with pytest.raises(KuraError):
                alerts.post_new(alerts.OpenBoard(connection, memory), address, alerts.send)
            assert alerts.post_new(alerts.OpenBoard(connection, memory), address, alerts.send) == 5
        assert [len(each["text"].splitlines()) for each in got] == [21, 6]


OPENS = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('create or replace table built (i int)')"


def test_a_build_can_begin_while_a_webhook_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(database(tmp_path / "w.duckdb"))
    builds: list[int] = []

    def sent(address: str, body: bytes) -> None:
        builds.append(subprocess.run([sys.executable, "-c", OPENS, file], check=False).returncode)

    monkeypatch.setattr(alerts, "send", sent)
    assert main(["alert", "--database", file, "--target-path", str(tmp_path / "none"), "--webhook", "http://x/"]) == 0
    assert builds == [0]
    with duckdb.connect(file, read_only=True) as connection:
        assert connection.sql("select count(*) from kura_internal.kura_posted_alerts").fetchall() == [(2,)]


@pytest.mark.parametrize("seconds", [2, alerts.PATIENCE + 1])
def test_what_was_posted_is_noted_when_the_build_that_has_begun_meanwhile_has_ended(
    tmp_path: Path, seconds: int
) -> None:
    connection = duckdb.connect(str(database(tmp_path / "w.duckdb")))
    connection.execute("use kura")
    open_board = alerts.OpenBoard(connection, "kura_internal.kura_posted_alerts")
    waited: list[float] = []

    @contextmanager
    def opened() -> Iterator[alerts.OpenBoard]:
        if 0 < len(waited) < seconds:
            raise HeldError("a build has it")
        yield open_board

    board = alerts.ClosedBoard(opened, waited.append)
    found = board.waiting("x")
    waited.append(0.0)
    if seconds > alerts.PATIENCE:
        with pytest.raises(
            KuraError, match="2 alerts posted, but not noted, so that they will be posted again: a build"
        ):
            board.remember(found, "x")
    else:
        board.remember(found, "x")
        assert board.waiting("x") == []


def test_an_address_that_is_none_and_a_server_that_is_not_there_are_said_in_words() -> None:
    for address in ("file:///etc/passwd", "hooks.slack.com/services/x", "https://"):
        with pytest.raises(KuraError, match="begins with https"):
            alerts.send(address, b"{}")
    waited: list[float] = []
    with pytest.raises(KuraError, match="can't be reached"):
        alerts.send("http://127.0.0.1:1/secret-token", b"{}", waited.append)
    assert len(waited) == alerts.ATTEMPTS - 1


def test_what_answers_no_http_is_asked_again_and_then_said_in_words() -> None:
    pauses: list[float] = []
    with StandIn(lambda call: GARBAGE) as server, pytest.raises(KuraError, match="can't be reached: BadStatusLine"):
        alerts.send(f"{server.url}/chat/completions", b"{}", pauses.append)
    assert len(pauses) == alerts.ATTEMPTS - 1
    assert alerts._asked_wait("²", 4.0) == 4.0


def test_a_share_that_is_small_is_not_told_as_none() -> None:
    alert = alerts.Alert("a1", "spike", "Tent", "low", date(2026, 8, 10), 30, 0.004, 0.0004)
    assert alerts.sentence(alert).endswith("30 conversations since 2026-08-10, 0.4 %, before < 0.1 %")
