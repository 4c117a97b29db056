"""The same tables in a DuckDB file, in a lake whose catalog is in Postgres, and in Postgres."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.support import postgres, warm_runs
from tests.support.extensions import FOLDER, asked, with_extensions
from tests.support.model_runs import KEY, TEXTS, answers, settings, summary_calls
from tests.support.project import REPOSITORY
from tests.support.standin import StandIn
from tests.support.warehouse import STAGED, Warehouse, write_conversations

MARTS = sorted({path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql")} - {"kura_publications"})
OF_THE_RUN = {
    "kura_rejected_messages": {"source_name"},
    "fct_kura__runs": {"run_id", "started_at", "seconds"},
    "fct_kura__cluster_lineage": {"fitted_at"},
}
NEW = [
    ("new-1", "My tent pole snapped in the wind on the second night, can I get a spare one?"),
    ("new-2", "The refund for my jacket has not arrived on my card after three weeks."),
    ("new-3", "My tent pole snapped in the wind on the second night, can I get a spare one?"),
]
PLANTED = "sourdough starter"
DELETED = ("new-4", f"My {PLANTED} smells of nail varnish, is that a sign of hunger?")
SUMS = (
    "select count(*) from kura.fct_kura__conversations",
    "select sum(conversation_count) from kura.dim_kura__clusters where level = 0",
    "select arg_max(rows_in, started_at) from kura.fct_kura__runs where stage = 'run'",
)
TOPICS = [
    "create schema mine",
    "create table mine.our_topics as select * from (values"
    " ('Late or lost parcels', 'Delivery', 'A parcel is late or lost', 'Where is my parcel?|It says delivered'),"
    " ('Refunds', 'Money', 'The refund has not arrived', 'My refund is still not on my card'),"
    " ('Product advice', null, 'Which tent, jacket or boots to buy', null)"
    ") as topics (topic, parent, description, examples)",
]
ENGINES = REPOSITORY / "docs" / "engines.md"

COUNT = 160  # of the sample's conversations: what is compared is SQL, and a lake is slow


def write_sample(folder: Path, new: list[tuple[str, str]]) -> str:
    """Write conversations of the bundled sample, those with rows of a rare kind first, and some more."""
    with (REPOSITORY / "seeds" / "kura_sample_messages.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    rare_first = sorted(rows, key=lambda row: bool(row["content"].strip()) and row["role"] != "developer")
    chosen = set(list(dict.fromkeys(row["conversation_id"] for row in rare_first))[:COUNT])
    rows = [row for row in rows if row["conversation_id"] in chosen]
    more = [
        {"conversation_id": name, "message_id": f"{name}-m", "user_id": "u1", "created_at": "2026-08-20 10:00:00"}
        | {"role": "user", "content": text}
        for name, text in new
    ]
    with (folder / "chats.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows([*rows, *more])
    return str(folder / "chats.csv")


class Engine:
    """A warehouse, and where its tables are read."""

    def __init__(self, warehouse: Warehouse, place: str | None = None, schema: str = "kura") -> None:
        self.warehouse, self.place, self.schema = warehouse, place, schema
        warehouse.with_artifacts().environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"

    def build(self, *new: tuple[str, str]) -> None:
        self.warehouse.dbt("build", kura_input=write_sample(self.warehouse.folder, list(new)))

    def give_topics(self) -> None:
        """Have the builds to come sort into a taxonomy."""
        if self.place:
            asked(self.place, *TOPICS, mode="read_write")
        else:
            with duckdb.connect(str(self.warehouse.database)) as connection:
                connection.execute("; ".join(TOPICS))
        self.warehouse.variables["kura_taxonomy"] = "mine.our_topics"

    def marts(self) -> dict[str, list[str]]:
        """Return the rows of every public table as texts, in an order that is the same everywhere."""
        queries = []
        for mart in MARTS:
            left_out = ", ".join(sorted(OF_THE_RUN.get(mart, ())))
            queries.append(f"select * {f'exclude ({left_out})' if left_out else ''} from {self.schema}.{mart}")
        found = asked(self.place, *queries) if self.place else [self.warehouse.rows(query) for query in queries]
        return {
            mart: sorted(repr(tuple(map(comparable, row))) for row in rows)
            for mart, rows in zip(MARTS, found, strict=True)
        }


def comparable(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.running("catalog", "tables", "shared", "odd") as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Warehouse(tmp_path_factory.mktemp("file")))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, server: str) -> Engine:
    warehouse = with_extensions(Warehouse(tmp_path_factory.mktemp("lake")), "lake")
    del warehouse.environment["KURA_DUCKDB_PATH"]
    warehouse.environment |= {
        "KURA_LAKE": f"postgres:{server} dbname=catalog",
        "KURA_LAKE_FILES": str(warehouse.folder / "files"),
    }
    return Engine(warehouse, f"ducklake:postgres:{server} dbname=catalog")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory, server: str) -> Engine:
    warehouse = with_extensions(Warehouse(tmp_path_factory.mktemp("tables")), "postgres")
    del warehouse.environment["KURA_DUCKDB_PATH"]
    warehouse.environment["KURA_POSTGRES"] = f"postgres:{server} dbname=tables"
    return Engine(warehouse, warehouse.environment["KURA_POSTGRES"])


class Built(NamedTuple):
    """What two builds have left, the second with some more conversations."""

    engines: tuple[Engine, Engine, Engine]
    marts: list[dict[str, list[str]]]
    """Of each engine."""
    between: str
    """A moment when the lake had been built once."""
    before: Any
    looks: list[Any]
    """What `SUMS` said in the lake before its second build, at many moments of it, and after it."""


@pytest.fixture(scope="module")
def built(file: Engine, lake: Engine, tables: Engine) -> Built:
    engines = (file, lake, tables)
    for engine in engines:
        engine.build()
        engine.give_topics()
    between, before = datetime.now(UTC).isoformat(), asked(str(lake.place), *SUMS)
    for engine in (file, tables):
        engine.build(*NEW, DELETED)
    build = lake.warehouse.start("build", kura_input=write_sample(lake.warehouse.folder, [*NEW, DELETED]))
    assert build.stdout is not None
    # at each model that takes its time, and at each public table; the build goes on while somebody looks
    moments = re.compile(r" START (python \w+ model|.* model kura\.)")
    looks = [asked(str(lake.place), *SUMS) for line in build.stdout if moments.search(line)]
    assert build.wait() == 0
    looks.append(asked(str(lake.place), *SUMS))
    return Built(engines, [engine.marts() for engine in engines], between, before, looks)


def test_every_mart_of_the_sample_is_the_same_on_every_engine(built: Built) -> None:
    wanted, *others = built.marts
    assert wanted["kura_rejected_messages"]
    for found in others:
        assert {mart for mart in MARTS if found[mart] != wanted[mart]} == set()
    assert "Late or lost parcels" in str(wanted["dim_kura__clusters"])
    shown = {engine.warehouse.kura("search", "wo bleibt mein Paket?", "-k", "3").stdout for engine in built.engines}
    assert len(shown) == 1
    assert "Parcel" in shown.pop()
    described = (
        "select * from postgres_query('attached', 'select obj_description(''kura.dim_kura__clusters''::regclass)')"
    )
    [[(description,)]] = asked(str(built.engines[2].place), described)
    assert description.startswith("Every cluster")


def test_nobody_is_locked_out_of_a_lake_while_a_build_writes(built: Built) -> None:
    assert len(built.looks) > 20
    assert all(len({count for [(count,)] in look}) == 1 for look in built.looks)
    assert built.looks[0] == built.before != built.looks[-1]


def test_a_lake_remembers_what_readers_saw_until_something_is_deleted(built: Built) -> None:
    _, lake, _ = built.engines
    [[(count,)], *_] = built.before
    then = ("tree", "--at", built.between)
    assert f"Kura · {count} conversations" in lake.warehouse.kura(*then).stdout
    assert f"Kura · {COUNT + 4} conversations" in lake.warehouse.kura("tree").stdout
    assert "does not reach back to 2020-01-01" in lake.warehouse.kura("tree", "--at", "2020-01-01").stderr
    assert "must be a day or a time" in lake.warehouse.kura("tree", "--at", "yesterday").stderr
    assert PLANTED in stored(lake)

    # no text stands in those
    lake.warehouse.without("trends", "facets", "comparisons", "tools", "alerts", "golden_set")
    lake.build(*NEW)
    assert PLANTED not in stored(lake)
    assert f"Kura · {COUNT + 3} conversations" in lake.warehouse.kura("tree").stdout
    assert "does not reach back" in lake.warehouse.kura(*then).stderr


def stored(lake: Engine) -> str:
    """Return all that stands in the files of a lake."""
    files = Path(lake.warehouse.environment["KURA_LAKE_FILES"]).rglob("*.parquet")
    return "".join(str(pq.read_table(file).to_pydict()) for file in files)


def test_a_file_moves_into_a_lake_with_ids_answers_and_history(built: Built, tmp_path: Path) -> None:
    file, *_ = built.engines
    moved = with_extensions(Warehouse(tmp_path), "lake")
    del moved.environment["KURA_DUCKDB_PATH"]
    [recipe] = re.findall(r"```sql\n(attach 'warehouse.*?)```", ENGINES.read_text(), re.DOTALL)
    moved.environment["KURA_LAKE_FILES"] = str(tmp_path / "lake.files")
    recipe = recipe.replace("warehouse.duckdb", str(file.warehouse.database))
    recipe = recipe.replace("'lake.files'", f"'{tmp_path / 'lake.files'}'")
    program = f"import duckdb; duckdb.connect(config={{'extension_directory': {str(FOLDER)!r}}}).execute({recipe!r})"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=moved.environment, check=True)
    place = f"ducklake:{tmp_path / 'lake.ducklake'}"
    engine, before = Engine(moved, place), file.marts()
    moved.variables |= file.warehouse.variables
    moved.dbt("build", kura_input=str(file.warehouse.folder / "chats.csv"))
    found = engine.marts()
    differing = {mart for mart in MARTS if found[mart] != before[mart]}
    assert differing <= {"fct_kura__runs", "kura_rejected_messages"}
    worked = "select stage, rows_new from kura.fct_kura__runs where stage in ('summaries', 'embeddings', 'fit')"
    [rows] = asked(place, f"{worked} and run_id = (select arg_max(run_id, published_at) from kura.kura_publications)")
    assert dict(rows) == {"summaries": 0, "embeddings": 0, "fit": 0}


def test_two_builds_of_one_lake_at_once_pay_once(lake: Engine, tmp_path: Path) -> None:
    warehouse = with_extensions(Warehouse(tmp_path), "lake")
    del warehouse.environment["KURA_DUCKDB_PATH"]
    warehouse.environment |= {
        "KURA_LAKE": lake.warehouse.environment["KURA_LAKE"].replace("dbname=catalog", "dbname=shared"),
        "KURA_LAKE_FILES": str(tmp_path / "files"),
        "OPENAI_API_KEY": KEY,
    }
    write_conversations(tmp_path / "chats.jsonl", TEXTS)
    model = StandIn(answers)
    model.latency = 3  # long enough for both to ask at once, however long each has taken to begin

    def read(build: warm_runs.Run | subprocess.Popen[str]) -> str:
        assert build.stdout is not None
        lines = []
        for line in build.stdout:
            lines.append(line)
            if "is asking now" in line:  # they have met, and what is not answered yet may be answered at once
                model.latency = 0
        return "".join(lines)

    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_max_concurrency=16)
        warehouse.dbt("run", "--select", "+int_kura__summaries", "--exclude", "int_kura__summaries", **chosen)
        builds = []
        for number in range(2):
            warehouse.environment["DBT_TARGET_PATH"] = str(tmp_path / f"target {number}")
            builds.append(warehouse.start("run", "--select", "int_kura__summaries", **chosen))
        with ThreadPoolExecutor() as threads:
            said = [*threads.map(read, builds)]
        ended = {build.wait() for build in builds}
    assert ended <= {0, 1}
    assert any("is asking now" in output for output in said), said
    assert len(summary_calls(model)) == len(TEXTS)


def test_what_postgres_cannot_hold_stops_no_build_or_is_said_at_its_start(server: str, tmp_path: Path) -> None:
    warehouse = with_extensions(Warehouse(tmp_path), "postgres")
    del warehouse.environment["KURA_DUCKDB_PATH"]
    warehouse.environment["KURA_POSTGRES"] = f"postgres:{server} dbname=odd"
    write_conversations(tmp_path / "chats.jsonl", ["Where is\0 my parcel?"])
    output = warehouse.dbt("run", fails=True, kura_passthrough_columns=["How satisfied are you with us? " * 3])
    assert "which Postgres would cut at 63 letters" in output
    warehouse.dbt("run", "--select", *STAGED, kura_input=str(tmp_path / "chats.jsonl"))
    [rows] = asked(warehouse.environment["KURA_POSTGRES"], "select content from kura_internal.stg_kura__messages")
    assert rows == [("Where is my parcel?",)]
