"""A whole build with a language model whose answers were recorded before.

    python -m benchmarks.replay FOLDER

FOLDER holds conversations.jsonl and summaries.jsonl: what a real model once wrote about each (summary, request,
task, topic, languages, concerning_score, user_frustration, assistant_errors, by conversation_id). A stand-in server
answers with that over real HTTP. Names it makes up from the texts that it is shown, so they say less than a model's:
what there is to see is the clusters, the traffic and the time. Prints the estimate made beforehand, the tree, and
calls, tokens and seconds of each stage. Tokens are counted by the vocabulary of all-MiniLM-L6-v2.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from kura_udfs.text.redaction import redact
from kura_udfs.vectors import minilm
from tests.support.standin import Call, Reply, StandIn, completion, example
from tests.support.warehouse import Warehouse

PREFIX = 300
"""Characters by which a conversation is known again."""
PASSED_OVER = """
    a an the of to for in on with and or how is are it its as by from be that this using use user users about within
    into their them assistant conversation seeks seeking asks asking inquires inquiring guidance information provide
    provides provided providing explain explains explaining details discusses discussing including includes regarding
    various specific through when can steps examples example outlines available which wants
"""
ARTICLES = frozenset(PASSED_OVER.split())


def main() -> None:
    """Run the build and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    parser.add_argument("--cluster-on", default="summary")
    options = parser.parse_args()
    recorded = read_recorded(options.folder)
    with (
        tempfile.TemporaryDirectory() as folder,
        StandIn(answering(recorded), latency=options.latency_ms / 1000) as server,
    ):
        warehouse = Warehouse(Path(folder))
        warehouse.environment |= {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"}
        del warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"]
        warehouse.variables = {
            "kura_input": str((options.folder / "conversations.jsonl").resolve()),
            "kura_provider": "openai",
            "kura_cluster_on": options.cluster_on,
        }
        warehouse.dbt("build", "--select", "+int_kura__transcripts", "--indirect-selection", "buildable")
        print(warehouse.kura("estimate").stdout)
        started = time.monotonic()
        warehouse.dbt("build")
        print(f"dbt build: {time.monotonic() - started:.0f} s, at most {server.most_in_flight} questions in flight\n")
        print(warehouse.kura("tree").stdout)
        print_stages(warehouse)
        before = len(server.calls)
        warehouse.dbt("build")
        print(f"\nA second build asks {len(server.calls) - before} questions.")


def read_recorded(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the recorded answers by the beginning of the conversation."""
    by_id = {}
    for line in (folder / "summaries.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        row["languages"] = [language.title() for language in row["languages"] or []]
        row["topic"] = row["topic"] or "not recorded"
        row["request"], row["task"] = row["request"] or row["summary"], row["task"] or row["summary"]
        by_id[row.pop("conversation_id")] = row
    found = {}
    for line in (folder / "conversations.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["conversation_id"] in by_id:
            first = row["messages"][0]
            found[_beginning(f"{first['role']}: {redact(first['content'])}")] = by_id[row["conversation_id"]]
    return found


def answering(recorded: dict[str, dict[str, Any]]) -> Callable[[Call], Reply]:
    """Return what answers a call as a model would."""

    def reply(call: Call) -> Reply:
        quoted = dict(re.findall(r"<([a-z]+)-[0-9a-f]+>\n(.*?)\n</\1-[0-9a-f]+>", call.user, re.DOTALL))
        lines = {name: [line.removeprefix("- ") for line in text.splitlines()] for name, text in quoted.items()}
        if "conversation" in quoted:
            said: Any = recorded[_beginning(quoted["conversation"])]
        elif "options" in quoted:
            options = [re.sub(r"^\d+\. ", "", option) for option in lines["options"]]
            said = {"parent": 1 + _nearest(lines["cluster"][0], options)}
        elif "members" in quoted:
            said = _named(lines["members"], lines["others"])
        elif "children" in quoted:
            said = _named([line.partition(":")[0] for line in lines["children"]], [])
        else:
            shown = [line.partition(":")[0] for line in lines.get("clusters") or lines["proposals"]]
            count = int(re.search(r"about (\d+)", call.body["messages"][0]["content"])[1])  # type: ignore[index]
            parents = [_named([shown[place]], []) for place in _spread(shown, count)]
            said = {"parents": [{key: parent[key] for key in ("name", "description")} for parent in parents]}
        schema = call.body["response_format"]["json_schema"]["schema"]
        content = json.dumps({**example(schema), **said}, ensure_ascii=False)
        sent = "".join(message["content"] for message in call.body["messages"]) + json.dumps(schema)
        return completion(content, usage={"prompt_tokens": _tokens(sent), "completion_tokens": _tokens(content)})

    return reply


def print_stages(warehouse: Warehouse) -> None:
    """Print what each stage has cost."""
    table = Table()
    for heading in ("stage", "rows in", "failed", "calls", "input tokens", "output tokens", "US dollars", "seconds"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for row in warehouse.rows(
        "select stage, rows_in, rows_failed, calls, input_tokens, output_tokens, round(cost_usd, 4), round(seconds, 1)"
        " from fct_kura__runs order by case stage when 'run' then 1 else 0 end, started_at"
    ):
        table.add_row(*("" if value is None else str(value) for value in row))
    Console(width=110).print(table)


def _beginning(text: str) -> str:
    return " ".join(text.split())[:PREFIX]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z][a-z0-9&+-]+", text.lower()) if word not in ARTICLES]


def _nearest(text: str, options: Sequence[str]) -> int:
    own = set(_words(text))
    shared = [len(own & set(_words(option))) / math.sqrt(1 + len(set(_words(option)))) for option in options]
    return shared.index(max(shared))


def _spread(texts: Sequence[str], count: int) -> list[int]:
    """Return the places of texts that are unlike each other, the most typical first."""
    common = _shares(texts)
    chosen: list[int] = []
    covered: set[str] = set()
    while len(chosen) < min(count, len(texts)):
        left = [place for place in range(len(texts)) if place not in chosen]
        chosen.append(max(left, key=lambda place: sum(common[word] for word in set(_words(texts[place])) - covered)))
        covered |= set(_words(texts[chosen[-1]]))
    return chosen


def _named(inside: Sequence[str], outside: Sequence[str]) -> dict[str, str]:
    """Compose a name from the words that tell the texts inside from those outside."""
    share, other = _shares(inside), _shares(outside)
    best = sorted(share, key=lambda word: (-share[word] * math.log((share[word] + 0.1) / (other[word] + 0.1)), word))
    best = [word for word in best if word != "explain"] or ["something"]
    return {
        "name": f"Explain {', '.join(best[:3])}",
        "description": f"It is about {best[0]}. It is also about {' and '.join(best[1:3])}.",
        "slug": "_".join(best[:3]),
    }


def _shares(texts: Sequence[str]) -> Counter[str]:
    """Return the share of the texts that say a word."""
    counts = Counter(word for text in texts for word in set(_words(text)))
    return Counter({word: count / len(texts) for word, count in counts.items()})


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(minilm.load_minilm(None, "int8", lambda message: None).tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _tokens(text: str) -> int:
    return len(_tokenizer().encode(text, add_special_tokens=False).ids)


if __name__ == "__main__":
    main()
