"""A model server that says something of its own about each conversation, after a fixed time: a process of its own.

    python -m benchmarks.peers.server --latency-ms 200

Answers fit the schema that is asked for. Their words are those of the question, so that conversations, and clusters, differ as they
do with a model; where one of several names has to be chosen it is one of them. What it has been asked stands at /standin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from typing import Any

from tests.support.standin import Call, Reply, StandIn, completion, example

WORD = re.compile(r"[^\W\d_]{4,}")
CHOICE = re.compile(r"<higher_level_cluster>(.*?)</higher_level_cluster>", re.DOTALL)
GROUPED = re.compile(r"<cluster>(.*?):", re.DOTALL)
TOLD = re.compile(r"<(messages|positive_examples|clusters|cluster_list)>(.*?)</\1>", re.DOTALL)


def answers(call: Call) -> Reply:
    """Answer with words of the question."""
    schema = schema_of(call)
    said = "\n".join(str(message["content"]) for message in call.body["messages"])
    answer = spoken(example(schema), words(said))
    if "higher_level_cluster" in answer:
        choices = CHOICE.findall(said)
        answer["higher_level_cluster"] = choices[number(said) % len(choices)].strip()
    if "candidate_cluster_names" in answer:
        grouped = [name.strip() for name in GROUPED.findall(said)] or [words(said)]
        answer["candidate_cluster_names"] = grouped[: max(1, len(grouped) // 2)]
    content = json.dumps(answer)
    if call.mode != "tools":
        return completion(content)
    made = json.loads(completion(None, tool_arguments=content, finish_reason="tool_calls").body)
    made["choices"][0]["message"]["tool_calls"][0]["function"]["name"] = call.body["tools"][0]["function"]["name"]
    # on connections that are kept, the client that asks in this way waited for answers that had gone out
    return Reply(json.dumps(made).encode(), headers={"Connection": "close"})


def schema_of(call: Call) -> dict[str, Any]:
    """Return the schema that an answer has to fit."""
    if call.mode == "tools":
        return dict(call.body["tools"][0]["function"]["parameters"])
    return dict(call.body["response_format"]["json_schema"]["schema"])


def words(text: str) -> str:
    """Return twelve words of what a question is about: of what it marks as that, or else of its end."""
    about = TOLD.search(text)
    return " ".join(WORD.findall(about[2] if about else text[-1_500:])[:12]) or "nothing"


def spoken(value: Any, text: str) -> Any:
    """Put words in the place of the plain texts of an example."""
    if isinstance(value, dict):
        return {key: spoken(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [spoken(each, text) for each in value]
    return text if value == "some text" else value


def number(text: str) -> int:
    """Return a number that depends on nothing but a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    options = parser.parse_args()
    with StandIn(answers, latency=options.latency_ms / 1000, keep_calls=False) as server:
        print(server.url, flush=True)
        server._thread.join()


if __name__ == "__main__":
    main()
