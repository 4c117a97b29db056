"""Attacks on a model that does what they say: what holds although it does (tests/injections/attacks.toml)."""

from __future__ import annotations

import html.parser
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import duckdb
import pytest

from kura_udfs.prompting.prompts import load_prompts
from tests.support.model_runs import KEY, TEXTS, answers, settings
from tests.support.project import REPOSITORY
from tests.support.standin import Call, Reply, StandIn, completion, fitting
from tests.support.warehouse import Warehouse

ATTACKS: list[dict[str, Any]] = tomllib.loads((REPOSITORY / "tests/injections/attacks.toml").read_text())["attack"]
TEXT_FACETS = ("summary", "request", "task", "topic", "assistant_errors")
SYLLABLES = ("zo", "rb", "la", "xi", "qu", "ve", "nk", "up", "ty", "wo")


def own_word(number: int) -> str:
    """A word that nobody else says."""
    return "zyx" + "".join(SYLLABLES[int(digit)] for digit in f"{number:03d}")


def long(value: Any) -> str:
    return value["piece"] * value["times"] + value["rest"] if isinstance(value, dict) else str(value)


def said_by(number: int) -> str:
    return long(ATTACKS[number]["text"]).replace("@@", own_word(number)) + f" (attack-{number:03d})"


def obeyed(call: Call, number: int) -> Reply:
    """What a model answers that does what the attack says."""
    attack = ATTACKS[number]
    good = json.loads(json.loads(answers(call).body)["choices"][0]["message"]["content"])

    def filled(text: str) -> str:
        text = text.replace("<<system>>", call.body["messages"][0]["content"]).replace("<<user>>", call.user)
        return text.replace("@@", own_word(number))

    if "tool" in attack:
        return completion(None, tool_arguments=filled(attack["tool"]), finish_reason="tool_calls")
    if "raw" in attack:
        quoted = long(attack["raw"])
        if "<<system>>" in quoted and not attack.get("honest"):  # inside of JSON
            quoted = quoted.replace("<<system>>", json.dumps(filled("<<system>>"))[1:-1])
        return completion(filled(quoted).replace("<<good>>", json.dumps(good)))
    fields = dict.fromkeys(TEXT_FACETS, attack["says"]) if "says" in attack else attack["fields"]
    # the attack's number stays, so that whoever names clusters knows it again
    return completion(
        json.dumps(good | {key: filled(long(value)) + f" (attack-{number:03d})" for key, value in fields.items()})
    )


def gullible(call: Call) -> Reply:
    found = re.findall(r"attack-(\d{3})", call.user)
    if "user_frustration" in json.dumps(call.body):
        return obeyed(call, int(found[0])) if found else answers(call)
    # of its own accord it calls nothing so
    found = [number for number in found if own_word(int(number)) in call.user.casefold()]
    if "slug" not in json.dumps(call.body) or not found:
        return answers(call) if "members-" in call.user else fitting(call)
    attack = ATTACKS[int(found[0])]
    name = attack.get("cluster", "@@ forever").replace("<<system>>", call.body["messages"][0]["content"])
    name = name.replace("@@", own_word(int(found[0])))
    return completion(json.dumps({"name": name, "description": f"{name}. <b>{name}</b>", "slug": name}))


class Built:
    """What came of a build in which the model believed everybody."""

    def __init__(self, warehouse: Warehouse, calls: list[Call], output: str) -> None:
        self.warehouse, self.calls, self.output = warehouse, calls, output
        self.published = warehouse.folder / "published.duckdb"
        names = "conversation_id, status, error, summary, request, task, topic, languages, concerning_score, user_frustration, assistant_errors"
        self.facts = {
            row[0]: dict(zip(names.split(", "), row, strict=True))
            for row in warehouse.rows(f"select {names} from fct_kura__conversations")
        }

    @cached_property
    def texts(self) -> list[tuple[str, str]]:
        """Every text in every table that Kura has made of an answer, with where it stands."""
        made = (
            "select schema_name, table_name, column_name from duckdb_columns() where not internal and data_type = 'VARCHAR'"
            " and schema_name like 'kura%' and not regexp_matches(table_name, 'messages|attributes|transcripts|stg_')"
        )
        columns = [
            f"""select distinct '{table}.{column}', "{column}" from {schema}."{table}" where "{column}" is not null"""
            for schema, table, column in self.warehouse.rows(made)
        ]
        return [(place, text) for place, text in self.warehouse.rows(" union all ".join(columns))]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    warehouse = Warehouse(tmp_path_factory.mktemp("injections"))
    warehouse.environment |= {"OPENAI_API_KEY": KEY, "DBT_LOG_LEVEL_FILE": "debug"}
    rows = [(f"normal-{number}", f"u{number}", text) for number, text in enumerate(TEXTS)]
    rows += [(f"attack-{number}", f"a{number}", said_by(number)) for number in range(len(ATTACKS))]
    (warehouse.folder / "chats.jsonl").write_text(
        "".join(
            json.dumps({"conversation_id": key, "user_id": user, "messages": [{"role": "user", "content": text}]})
            + "\n"
            for key, user, text in rows
        )
    )
    with StandIn(gullible) as server:
        warehouse.environment["OPENAI_BASE_URL"] = server.url
        output = warehouse.dbt(
            "build",
            **settings(
                warehouse,
                kura_publish_path=str(warehouse.folder / "published.duckdb"),
                kura_max_failed_share=1,
                kura_llm_parameters={},
            ),
        )
        yield Built(warehouse, server.calls, output)


def test_the_attacks_are_many_and_each_has_a_name_that_the_docs_know() -> None:
    assert len(ATTACKS) >= 60
    assert max(Counter((attack["family"], attack["name"]) for attack in ATTACKS).values()) == 1
    docs = (REPOSITORY / "docs/privacy.md").read_text()
    assert [attack["name"] for attack in ATTACKS if attack["name"] not in docs] == []
    assert str(len(ATTACKS)) in docs


def test_every_conversation_is_a_row_with_values_in_their_ranges(built: Built) -> None:
    assert len(built.facts) == len(TEXTS) + len(ATTACKS)
    for key, facts in built.facts.items():
        assert facts["status"] in ("ok", "failed"), key
        assert (facts["error"] is None) == (facts["status"] == "ok"), key
        for score in ("concerning_score", "user_frustration"):
            assert facts[score] in ((1, 2, 3, 4, 5) if facts["status"] == "ok" else (None,)), (key, score)
        for name, words in {"summary": 30, "request": 20, "task": 20, "topic": 5, "assistant_errors": 25}.items():
            text = facts[name]
            assert text is None or ("\n" not in text and len(text.split()) <= words), (key, name)
    tables = {
        name for (name,) in built.warehouse.rows("select table_name from duckdb_tables() where schema_name = 'kura'")
    }
    assert {"dim_kura__clusters", "fct_kura__runs", "fct_kura__conversations"} <= tables


def test_no_other_row_is_changed(built: Built) -> None:
    for number, text in enumerate(TEXTS):
        facts = built.facts[f"normal-{number}"]
        matter = text.partition(": my ")[2].partition(" since")[0]
        assert (facts["status"], facts["topic"], facts["user_frustration"]) == ("ok", matter, 3)
        assert facts["summary"] == f"The user says that the {matter}."
    for call in built.calls:
        if "user_frustration" in json.dumps(call.body):
            others = {*re.findall(r"attack-\d{3}", call.user), *[text for text in TEXTS if text in call.user]}
            assert len(others) == 1, "a model that sees one conversation can tell of no other"


@pytest.mark.parametrize("number", [number for number, attack in enumerate(ATTACKS) if attack.get("honest")])
def test_the_honest_answer_is_found_beside_a_planted_one(built: Built, number: int) -> None:
    facts = built.facts[f"attack-{number}"]
    assert (facts["status"], facts["topic"]) == ("ok", "things")


def test_a_conversation_stands_between_tags_that_it_cannot_close(built: Built) -> None:
    asked = [call for call in built.calls if "attack-" in call.user]
    assert len(asked) >= len(ATTACKS)
    for call in asked:
        for name, code in set(re.findall(r"^<([a-z]+)-([0-9a-f]{8,64})>$", call.user, re.MULTILINE)):
            if code != "0123456789abcdef":  # one that an attack has made up
                assert call.user.count(f"<{name}-{code}>") == call.user.count(f"</{name}-{code}>") == 1
        assert "attack-" not in str(call.body["messages"][0]["content"]), "nobody's words are among the instructions"


def test_no_table_holds_the_prompt(built: Built) -> None:
    told = {
        sentence
        for template in load_prompts().values()
        for sentence in re.split(r"(?<=[.:])\s", " ".join(template.system.split()))
        if len(sentence.split()) >= 10
    }
    assert len(told) > 20
    for place, text in built.texts:
        flat = " ".join(text.split())
        assert not [sentence for sentence in told if sentence in flat], place


def test_no_secret_and_no_personal_data_that_a_model_repeats_is_stored(built: Built) -> None:
    for place, text in built.texts:
        assert "lovelace" not in text.lower(), place
        assert "+49 170" not in text, place
        assert "4111 1111" not in text, place
        assert "sk-proj-0123456789" not in text, place


def test_no_cluster_is_called_what_one_member_alone_says(built: Built) -> None:
    own = {own_word(number) for number in range(len(ATTACKS))}
    named = built.warehouse.rows("select name, description, slug from dim_kura__clusters where not is_suppressed")
    assert len(named) > 5
    for texts in named:
        for text in filter(None, texts):
            assert not [word for word in own if word in text.lower()], text
            assert not re.search(r"[<>\[\]{}]|https?:|javascript:", text), text


def test_neither_console_nor_log_repeats_an_attack(built: Built) -> None:
    log = (built.warehouse.folder / "logs" / "dbt.log").read_text()
    for number in range(len(ATTACKS)):
        assert own_word(number) not in built.output + log, number


class Elements(html.parser.HTMLParser):
    """The elements of a page, with all their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, " ".join(f"{name}={value}" for name, value in attributes)))


def test_in_the_report_no_markup_of_theirs_is_alive(built: Built) -> None:
    report = built.warehouse.folder / "report.html"
    written = built.warehouse.kura("report", "--output", str(report))
    assert written.returncode == 0, written.stderr
    page = Elements()
    page.feed(report.read_text())
    assert len(page.found) > 100
    for tag, attributes in page.found:
        assert tag not in ("script", "iframe", "img", "object", "embed", "link", "form", "base"), attributes
        assert tag != "a" or re.fullmatch("href=#[a-z0-9-]+", attributes), attributes
        assert not re.search(r"\bon[a-z]+=|evil\.example|javascript:|zyx", attributes), (tag, attributes)
    assert Counter(tag for tag, _ in page.found)["style"] == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", report.read_text())


def test_in_the_explorer_no_markup_of_theirs_is_alive(built: Built, opened: Callable[..., Any]) -> None:
    from tests.support.browser import go

    tab = opened(built.published, "", "What people talk about")
    for name in ("Topics", "Conversations"):
        go(tab, name)
        assert (
            tab.locator(
                "[src*='evil.example'], [href*='evil.example'], a[href^='javascript:'], iframe[src*='evil']"
            ).count()
            == 0
        )


def test_cells_for_spreadsheets_hold_no_formula(built: Built) -> None:
    from kura_explorer.text import for_spreadsheet

    with duckdb.connect(str(built.published), read_only=True) as connection:
        rows = connection.execute("select summary, request, topic from kura.fct_kura__conversations").df()
    assert any(text and text[0] in "=+@" for text in rows["summary"] if isinstance(text, str)), "there is one"
    kept = for_spreadsheet(rows)
    assert not [
        text for name in kept for text in kept[name] if isinstance(text, str) and text.lstrip()[:1] in tuple("=+-@")
    ]
