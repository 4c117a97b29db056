"""How time and memory grow: from vectors in the database to finished marts, for a thousand conversations up to a million.

    python -m benchmarks.scale [--sizes 1000 10000 100000 1000000] [--memory-limit 3GB] [--keep]

The conversations are made up, of 200 topics, and so are their vectors, which stand in the database before the clock starts, with
everything that comes before them. What is timed is the `dbt build` of the fit and of all that follows it, tests included. *peak* is
the most memory that the process held, of which DuckDB may have `--memory-limit`; *ratio* is the time for each text, beside that of the size
before. With `--keep` the table goes to docs/benchmarks.md, and a picture of it to docs/images/scale.svg.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.support import scaled
from tests.support.project import REPOSITORY, copy_project
from tests.support.results import Results, keep, show
from tests.support.warehouse import Warehouse

MODEL = """
def model(dbt, session):
    import pyarrow as pa

    from tests.support.scaled import vectors

    dbt.config.get("meta")
    dbt.ref("kura_run_log"), dbt.ref("kura_embedding_responses")
    texts = dbt.ref("int_kura__conversation_texts").project("text_hash, cluster_text").to_arrow_table()
    names = ["text_hash", "recipe", "embedding"]
    recipe = pa.repeat("made-up", texts.num_rows)
    return pa.table([texts["text_hash"], recipe, vectors(texts["cluster_text"])], names=names)
"""
HEADINGS = (
    "conversations",
    "before, s",
    "to the marts, s",
    "ms a text",
    "ratio",
    "peak, MB",
    "fit",
    "names",
    "map",
    "clusters",
)


class Measured(NamedTuple):
    """What a size took."""

    number: int
    before: float
    seconds: float
    megabytes: float
    stages: dict[str, float]
    clusters: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--memory-limit", help="of DuckDB, as its setting of that name has it")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    found: list[Measured] = []
    for number in options.sizes:
        found.append(measured(number, options.memory_limit))
        show(Results("", HEADINGS, rows(found)))
    if options.keep:
        keep(Results("scale", HEADINGS, rows(found)))
        draw(found, REPOSITORY / "docs" / "images" / "scale.svg")


def rows(found: list[Measured]) -> list[list[str]]:
    """Return the figures of each size, in the order of the headings."""
    each = [one.seconds / one.number for one in found]
    ratios = ["", *(f"{now / before:.2f}" for before, now in pairwise(each))]
    return [
        [
            f"{one.number:,}", f"{one.before:.0f}", f"{one.seconds:.0f}", f"{1000 * time_of_one:.2f}", ratio, f"{one.megabytes:,.0f}",
            *(f"{one.stages.get(stage, 0):.0f}" for stage in ("fit", "names", "map")), str(one.clusters),
        ]
        for one, time_of_one, ratio in zip(found, each, ratios, strict=True)
    ]  # fmt: skip


def draw(found: list[Measured], file: Path) -> None:
    """Draw seconds over conversations, in powers of ten, and what n log n would be that ends in the largest size."""
    import altair
    import pandas as pd

    last = found[-1].seconds / (found[-1].number * math.log(found[-1].number))
    values = [
        {"conversations": one.number, "seconds": seconds, "line": line}
        for one in found
        for line, seconds in (("measured", one.seconds), ("n log n", last * one.number * math.log(one.number)))
    ]
    powers_of_ten = altair.Scale(type="log")
    lines = altair.Chart(pd.DataFrame(values), width=480, height=260).encode(
        x=altair.X(
            "conversations:Q", scale=powers_of_ten, axis=altair.Axis(format="~s", values=[one.number for one in found])
        ),
        y=altair.Y("seconds:Q", scale=powers_of_ten, axis=altair.Axis(format="~g")),
        color=altair.Color("line:N", title=None, scale=altair.Scale(range=["#4c6ef5", "#adb5bd"])),
        strokeDash=altair.StrokeDash("line:N", title=None),
    )
    lines.mark_line(point=True).save(file)


def measured(number: int, memory_limit: str | None) -> Measured:
    """Build everything up to the vectors, and then measure the rest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scaled.write(folder / "chats.parquet", number)
        project = copy_project(folder / "project")
        (project / "python_models" / "intermediate" / "int_kura__embeddings.py").write_text(MODEL.lstrip())
        warehouse = Warehouse(folder, project)
        warehouse.variables = {"kura_input": str(folder / "chats.parquet"), "kura_embedder": "minilm"}
        profiles = yaml.safe_load((REPOSITORY / "profiles.example.yml").read_text("utf-8"))
        if memory_limit:
            profiles["kura"]["outputs"]["duckdb"]["config_options"]["memory_limit"] = memory_limit
        (folder / "profiles.yml").write_text(yaml.safe_dump(profiles), "utf-8")
        before, _ = spent(warehouse, "run", "--select", "+int_kura__embeddings")
        seconds, megabytes = spent(warehouse, "build", "--exclude", "+int_kura__embeddings", "resource_type:seed")
        stages = dict(warehouse.rows("select stage, max(seconds) from fct_kura__runs group by stage"))
        clusters = warehouse.value("select count(*) from dim_kura__clusters where is_leaf and not is_outliers")
        return Measured(number, before, seconds, megabytes, stages, clusters)


def spent(warehouse: Warehouse, *arguments: str) -> tuple[float, float]:
    """Run dbt; return seconds, and megabytes at most."""
    command = warehouse.command(*arguments)
    log = warehouse.folder / "log"
    began = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=warehouse.folder, env=warehouse.environment, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(log.read_text()[-5_000:])
    return time.perf_counter() - began, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
