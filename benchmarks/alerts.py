"""How many themes that come up are alerted by the first build that has thirty conversations of them, and how many alerts are false.

    python -m benchmarks.alerts [--labelled FOLDER] [--copies 6] [--weeks 2] [--quiet 40] [--theme NAME]

Themes of `planted_themes.toml`, which are not in the bundled sample, are planted in it one at a time: thirty conversations in the last weeks of
its own dates. FOLDER may hold `banking77/train.csv` (text, category): then every sixth of its intents comes up in the last two of
twelve weeks of half of the others, most of which are fitted before. Each is a whole `dbt build`, with the provider local, on a copy of a database in which the rest has been
built. With copies, the sample is there so many times, each copy two weeks later than the one before, and a theme is 1 % of it.

A theme counts as alerted where most conversations of an alert's cluster are of the theme, or the cluster holds most of the theme and most of what
it has had since are the theme's. The other alerts are counted, too.

Quiet weeks: alerts in twelve weekly looks at what nobody has planted anything in, the conversations of the sample's base clusters with
their dates shuffled anew each time, by the SQL of the models.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from tests.support.compiled import compiled, internal
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

SAMPLE = REPOSITORY / "seeds" / "kura_sample_messages.csv"
THEMES = Path(__file__).with_name("planted_themes.toml")
FIRST, WEEKS = datetime(2026, 6, 1), 12
OF_A_THEME = 30
WITHOUT = ("facets", "examples", "lineage", "comparisons", "tools", "golden_set")
MODELS = ("int_kura__cluster_trends", "int_kura__volume_swings", "int_kura__volume_scores", "int_kura__alerts")


class Chat(NamedTuple):
    """A conversation of user's messages."""

    name: str
    at: datetime
    turns: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, metavar="FOLDER")
    parser.add_argument("--copies", type=int, default=1, help="of the sample")
    parser.add_argument("--weeks", type=int, default=2, help="in which a theme comes up")
    parser.add_argument("--quiet", type=int, default=40, help="histories of twelve quiet weeks")
    parser.add_argument("--theme", help="only themes whose names begin so")
    options = parser.parse_args()
    table = Table(title="themes of thirty conversations")
    for heading in ("theme", "in", "decision", "alerted", "alerts of it", "its clusters", "other alerts"):
        table.add_column(heading)
    counts = []
    with tempfile.TemporaryDirectory() as folder:
        for theme, before, chats in cases(options):
            cells = planted(Path(folder), theme, before, chats)
            counts.append(cells)
            table.add_row(*map(str, cells))
            print(*cells, sep=" | ", flush=True)
        Console(width=150).print(table)
        print(
            f"{sum(cells[3] == 'yes' for cells in counts)} of {len(counts)} are alerted, {sum(cells[-1] for cells in counts)} other alerts"
        )
        built = Path(folder, f"sample x{options.copies}")
        if options.quiet and built.exists():
            empty = Path(folder, "empty")
            empty.mkdir()
            print_quiet(Warehouse(built), compiled(Warehouse(empty).without(*WITHOUT), *MODELS), options.quiet)


def cases(options: argparse.Namespace) -> Iterator[tuple[str, tuple[str, list[Chat]], list[Chat]]]:
    """Yield each theme, what is built before with its name, and what comes up."""
    base = f"sample x{options.copies}", copied(sample(), options.copies)
    for name, said in tomllib.loads(THEMES.read_text("utf-8")).items():
        if name.startswith(options.theme or ""):
            yield name, base, worded(name, said["say"], said["add"], options.weeks)
    if options.labelled:
        yield from intents(options.labelled / "banking77" / "train.csv", options.theme or "")


def sample() -> list[Chat]:
    with SAMPLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, Chat] = {}
    for row in rows:
        at = datetime.fromisoformat(row["created_at"])
        chat = found.setdefault(row["conversation_id"], Chat(row["conversation_id"], at, []))
        if row["role"] == "user":
            chat.turns.append(row["content"])
    return list(found.values())


def copied(chats: Sequence[Chat], copies: int) -> list[Chat]:
    def moved(chat: Chat, copy: int) -> Chat:
        days, rest = divmod(chat.at - FIRST, timedelta(days=1))
        return Chat(f"{chat.name}-{copy}", FIRST + timedelta(days=(days + 14 * copy) % (7 * WEEKS)) + rest, chat.turns)

    return [moved(chat, copy) for copy in range(copies) for chat in chats]


def worded(name: str, say: Sequence[str], add: Sequence[str], weeks: int) -> list[Chat]:
    """Word a theme thirty times, the same way every time that it is asked for."""
    chance = random.Random(name)
    said = [" ".join(filter(None, (say[number % len(say)], chance.choice(add)))) for number in range(OF_A_THEME)]
    return in_last_weeks(said, weeks)


def in_last_weeks(texts: Sequence[str], weeks: int) -> list[Chat]:
    first, step = FIRST + timedelta(weeks=WEEKS - weeks), timedelta(weeks=weeks) / len(texts)
    return [Chat(f"theme-{number}", first + number * step, [text]) for number, text in enumerate(texts)]


def intents(path: Path, start: str) -> Iterator[tuple[str, tuple[str, list[Chat]], list[Chat]]]:
    texts: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            texts.setdefault(row["category"], []).append(row["text"])
    themes = [name for name in sorted(texts)[::6] if len(texts[name]) >= OF_A_THEME]
    usual = [name for name in sorted(texts) if name not in themes][::2]
    chance = random.Random(0)
    every = [(text, chance.randrange(7 * WEEKS)) for name in usual for text in texts[name][:40]]
    chats = [
        Chat(f"usual-{n}", FIRST + timedelta(days=day, hours=n % 24), [text]) for n, (text, day) in enumerate(every)
    ]
    since = FIRST + timedelta(weeks=WEEKS - 2)
    base = "banking77", [chat for chat in chats if chat.at < since]
    later = [chat for chat in chats if chat.at >= since]
    for name in themes:
        if name.startswith(start):
            yield name, base, later + in_last_weeks(chance.sample(texts[name], OF_A_THEME), 2)


def planted(folder: Path, theme: str, before: tuple[str, list[Chat]], comes: list[Chat]) -> tuple[Any, ...]:
    """Build what is there, once, and on a copy of it what comes; return the cells of the table."""
    where, chats = before
    built = folder / where
    if not built.exists():
        built.mkdir()
        write(built / "chats.jsonl", chats)
        warehouse = Warehouse(built).without(*WITHOUT)
        warehouse.dbt("run", kura_input=str(built / "chats.jsonl"))
    after = folder / "after"
    shutil.rmtree(after, ignore_errors=True)
    after.mkdir()
    shutil.copy(built / "warehouse.duckdb", after)
    write(after / "chats.jsonl", [*chats, *comes])
    warehouse = Warehouse(after).without(*WITHOUT)
    warehouse.dbt("run", kura_input=str(after / "chats.jsonl"))
    return theme, where, *told(warehouse)


def write(path: Path, chats: Sequence[Chat]) -> None:
    lines = [
        json.dumps(
            {
                "conversation_id": chat.name,
                "user_id": f"u-{chat.name}",
                "created_at": str(chat.at),
                "messages": [{"role": "user", "content": turn} for turn in chat.turns],
            }
        )
        for chat in chats
    ]
    path.write_text("\n".join(lines), "utf-8")


def told(warehouse: Warehouse) -> tuple[Any, ...]:
    """Return the decision of the fit, whether the theme was alerted, by which alerts, where it is, and how many others there are."""
    decision = warehouse.value(
        "select decision from fct_kura__runs where stage = 'fit' order by started_at desc limit 1"
    )
    clusters = warehouse.rows(
        "select count(*) from fct_kura__conversations where conversation_id like 'theme-%' group by cluster_id order by 1 desc"
    )
    alerts = warehouse.rows(
        "select alerts.kind, any_value(clusters.name), count(*), count(*) filter (conversation_id like 'theme-%'),"
        " count(*) filter (started_at >= alerts.since),"
        " count(*) filter (started_at >= alerts.since and conversation_id like 'theme-%')"
        " from fct_kura__alerts as alerts inner join dim_kura__clusters as clusters using (cluster_id)"
        " inner join bridge_kura__cluster_ancestors as above on alerts.cluster_id = above.ancestor_cluster_id"
        " inner join fct_kura__conversations as chats on above.descendant_cluster_id = chats.cluster_id"
        " where alerts.is_active group by alerts.alert_id, alerts.kind, alerts.since order by 4 desc"
    )
    of_it = [
        f"{kind}: {name} ({own} of {size})"
        for kind, name, size, own, since, own_since in alerts
        if own > size / 2 or (own > OF_A_THEME / 2 and own_since > since / 2)
    ]
    spread = ", ".join(str(count) for (count,) in clusters[:5])
    return decision, "yes" if of_it else "NO", "; ".join(of_it), spread, len(alerts) - len(of_it)


def print_quiet(warehouse: Warehouse, statements: dict[str, str], histories: int) -> None:
    """Print how many alerts twelve quiet weeks raise, over the tree that was built."""
    names = ("int_kura__clusters", "int_kura__cluster_ancestors", "int_kura__conversation_clusters")
    tree, above, places = (frame(warehouse, name) for name in names)
    raised = [len(quiet(statements, tree, above, places.cluster_id.to_numpy(), seed)) for seed in range(histories)]
    print(
        f"{histories} histories of twelve quiet weeks: {np.mean(raised):.2f} alerts each, more than one in"
        f" {np.mean(np.array(raised) > 1):.0%}, at most {max(raised)}"
    )


def frame(warehouse: Warehouse, table: str) -> pd.DataFrame:
    columns = [
        name for (name,) in warehouse.rows(f"select column_name from duckdb_columns() where table_name = '{table}'")
    ]
    return pd.DataFrame(warehouse.rows(f"select * from {table}"), columns=columns)


def quiet(
    statements: dict[str, str], tree: pd.DataFrame, above: pd.DataFrame, leaves: np.ndarray, seed: int
) -> set[tuple[str, str]]:
    """Return kind and cluster of what twelve weeks raise of which each is looked at when it is over, after twelve others."""
    week_of = np.random.default_rng(seed).integers(0, 2 * WEEKS, len(leaves))
    rows = pd.DataFrame({"descendant_cluster_id": leaves, "number": week_of}).merge(above, on="descendant_cluster_id")
    counts = pd.crosstab(rows.ancestor_cluster_id, rows.number).reindex(
        index=tree.cluster_id, columns=range(2 * WEEKS), fill_value=0
    )
    totals = np.bincount(week_of, minlength=2 * WEEKS)
    periods = counts.melt(var_name="period_number", value_name="conversation_count", ignore_index=False).reset_index()
    periods = periods.assign(
        lens=tree.lens.iloc[0],
        is_reserved=periods.cluster_id.map(tree.set_index("cluster_id").is_outliers),
        total_count=totals[periods.period_number.astype(int)],
        user_count=periods.conversation_count,
        share=periods.conversation_count / totals[periods.period_number.astype(int)],
        period_start=[(FIRST + timedelta(weeks=number)).date() for number in periods.period_number],
        is_complete=True,
        period_number=periods.period_number.astype(int) + 1,
    )
    found: set[tuple[str, str]] = set()
    with internal(int_kura__clusters=tree, int_kura__cluster_ancestors=above) as connection:
        connection.execute(
            "create table int_kura__trouble_scores as select '' as kind, '' as cluster_id, current_date as since, current_date as"
            " period_start, 0::bigint as conversation_count, 0.0::double as share, 0.0::double as usual_share, 0.0::double as score where false"
        )
        for last in range(WEEKS + 1, 2 * WEEKS + 1):
            connection.register("given", periods[periods.period_number <= last])
            connection.execute("create or replace table int_kura__cluster_periods as select * from given")
            for model in MODELS[:-1]:
                connection.execute(f"create or replace table {model} as {statements[model]}")
            found |= set(connection.execute(f"select kind, cluster_id from ({statements[MODELS[-1]]})").fetchall())
    return found


if __name__ == "__main__":
    main()
