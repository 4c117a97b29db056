"""How many of a person's edits live through refits: twenty of them, with 5 % new conversations each.

    python -m benchmarks.curation [--refits 20] [--growth 0.05] [--start 180] [--without]

The conversations are the bundled sample's, in random order; each build learns anew (`kura_refit: always`). Edits of every kind
are made after the first build, of clusters chosen at random, and looked for after every refit in what readers get: the name
of a renamed cluster, the id and name of a pinned one and that all its conversations are in it, the conversations of two merged
ones in one place (of topics that they are one, as clusters come and go in them), that of a hidden one hidden, a moved one in its
topic. A name that changed without an edit in the build that
the edits came with is a merge that renamed others.

With --without, the same refits run without the edits, and what is counted is how many of their clusters have kept their ids.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from tests.support.edits import EDITS, Cluster, Edit, clusters, in_force, keep, left_out
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse, write_conversations

SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refits", type=int, default=20)
    parser.add_argument("--growth", type=float, default=0.05, help="new conversations at each, as a share")
    parser.add_argument("--start", type=int, default=180, help="conversations of the first build")
    parser.add_argument("--without", action="store_true", help="count ids that live without the edits")
    options = parser.parse_args()
    table = Table(title=f"{options.refits} refits with {options.growth:.0%} new each")
    for heading in ("refit", "conversations", "clusters", "edits in force", "lost"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as name:
        for row in nights(Warehouse(Path(name)), options):
            table.add_row(*row)
            print(*row, flush=True)
    Console(width=140).print(table)


def nights(warehouse: Warehouse, options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Build, edit, and build again and again; say after each refit how many of the edits are in force."""
    texts = sample_texts()
    random.Random(SEED).shuffle(texts)
    chats = warehouse.folder / "chats.jsonl"
    warehouse.variables = {
        "kura_input": str(chats),
        "kura_refit": "always",
        "kura_without": ["trends", "facets", "examples", "comparisons", "tools", "alerts"],
    }
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    count = options.start
    write_conversations(chats, texts[:count])
    warehouse.dbt("build", "--quiet")
    before = clusters(warehouse)
    edits = chosen(before)
    if not options.without:
        keep(warehouse, edits)
        warehouse.variables["kura_curation"] = EDITS
    warehouse.dbt("build", "--quiet")
    at_once = clusters(warehouse)
    if not options.without:
        assert all(in_force(edit, before, at_once, at_once) for edit in edits)
    others = before.keys() - {edit.cluster_id for edit in edits} - {edit.value for edit in edits}
    renamed = sum(before[c].name != at_once[c].name for c in others if c in at_once)
    print(f"{len(edits)} edits; the next build did not learn anew, and renamed {renamed} other clusters", flush=True)
    for refit in range(1, options.refits + 1):
        count = min(len(texts), max(count + 1, round(count * (1 + options.growth))))
        write_conversations(chats, texts[:count])
        warehouse.dbt("build", "--quiet")
        now = clusters(warehouse)
        if options.without:
            lost = [edit for edit in edits if edit.cluster_id not in now]
        else:
            out = left_out(warehouse)
            lost = [
                edit
                for edit in edits
                if (edit.cluster_id, edit.edit) in out or not in_force(edit, before, at_once, now)
            ]
        said = ", ".join(f"{edit.edit} {edit.cluster_id}" for edit in lost)
        yield str(refit), f"{count:,}", str(len(now)), f"{len(edits) - len(lost)} of {len(edits)}", said


def sample_texts() -> list[str]:
    """Return what users say in each conversation of the bundled sample."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select string_agg(content, chr(10) order by created_at) from read_csv(?) where role = 'user'"
            " group by conversation_id order by conversation_id",
            [str(REPOSITORY / "seeds" / "kura_sample_messages.csv")],
        ).fetchall()
    return [text for (text,) in rows if text]


def chosen(there: dict[str, Cluster]) -> list[Edit]:
    """Choose clusters at random, each for one edit: leaves for all kinds, topics to be renamed, pinned and merged."""
    chance = random.Random(SEED)
    leaves = sorted(cluster for cluster, row in there.items() if row.is_leaf and row.parent)
    topics = sorted(cluster for cluster, row in there.items() if not row.is_leaf)
    chance.shuffle(leaves)
    chance.shuffle(topics)
    rows = [(topics[0], "rename", "My topic"), (topics[1], "pin", ""), (topics[2], "merge_into", topics[3])]
    rows += [(leaves[0], "merge_into", leaves[1]), (leaves[2], "merge_into", leaves[3])]
    for number, leaf in enumerate(leaves[4:]):
        kind = ("rename", "pin", "hide", "move_under", "pin")[number % 5]
        target = next(topic for topic in topics[:2] if topic != there[leaf].parent)
        rows.append((leaf, kind, {"rename": f"My cluster {number}", "move_under": target}.get(kind, "")))
    return [Edit(cluster, there[cluster].name, kind, value) for cluster, kind, value in rows]


if __name__ == "__main__":
    main()
