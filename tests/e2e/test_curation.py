"""Edits of clusters in a table of the user's own: what readers get at once, after a refit, and where they fit nothing."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
import yaml
from kura_explorer.edits import as_csv

from tests.e2e.test_package import Shop
from tests.e2e.test_refreshes import sample_rows
from tests.support.edits import EDITS, Cluster, Edit, clusters, in_force, keep
from tests.support.warehouse import Warehouse, write_conversations

FIRST, ALL = 200, 260


class Builds(NamedTuple):
    """What readers had before the edits, with the next build, and after a refit."""

    warehouse: Warehouse
    edits: list[Edit]
    before: dict[str, Cluster]
    at_once: dict[str, Cluster]
    at_once_said: str
    figures: tuple[str, float, float, float]
    lineage: set[tuple[str, str]]
    extracts: int
    refitted: dict[str, Cluster]


def chosen(there: dict[str, Cluster]) -> list[Edit]:
    """One edit of each kind, and of topics."""
    topics = sorted(cluster for cluster, row in there.items() if not row.is_leaf)
    leaves = sorted(cluster for cluster, row in there.items() if row.is_leaf and row.parent)
    random.Random(4).shuffle(leaves)
    target = next(topic for topic in topics if topic not in (topics[0], there[leaves[4]].parent))
    rows = [
        (topics[0], "rename", "A topic of ours"), (leaves[0], "rename", "A cluster of ours"),
        (leaves[1], "merge_into", leaves[2]), (leaves[3], "hide", ""), (leaves[4], "move_under", target),
        (leaves[5], "pin", ""),
    ]  # fmt: skip
    return [Edit(cluster, there[cluster].name, kind, value) for cluster, kind, value in rows]


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    warehouse = Warehouse(tmp_path_factory.mktemp("curation")).with_own_checks()
    said: dict[str, list[str]] = {}
    for row in sample_rows():
        if row["role"] == "user":
            said.setdefault(row["conversation_id"], []).append(row["content"])
    texts = ["\n".join(said[conversation]) for conversation in sorted(said)]
    random.Random(0).shuffle(texts)
    chats = write_conversations(warehouse.folder / "chats.jsonl", texts[:FIRST])
    warehouse.variables = {"kura_input": str(chats), "kura_refit": "always"}
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    warehouse.dbt("build")
    before = clusters(warehouse)
    edits = chosen(before)
    keep(warehouse, [*edits, Edit("c0", "Nobody", "rename", "Somebody")])
    warehouse.variables["kura_curation"] = EDITS
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
    at_once_said = warehouse.dbt("build")
    at_once = clusters(warehouse)
    [figures] = warehouse.rows(
        "select decision, kept_leaf_share, kept_topic_share, untold_share from fct_kura__runs where stage = 'fit'"
        " qualify started_at = max(started_at) over ()"
    )
    lineage = "select old_cluster_id, new_cluster_id from fct_kura__cluster_lineage where change = 'edited'"
    hidden = next(edit.cluster_id for edit in edits if edit.edit == "hide")
    extracts = "select count(extract) from fct_kura__conversations where cluster_id = ?"
    moved, told = set(warehouse.rows(lineage)), warehouse.rows(extracts, hidden)[0][0]
    write_conversations(chats, texts[:ALL])
    warehouse.dbt("build")
    return Builds(warehouse, edits, before, at_once, at_once_said, figures, moved, told, clusters(warehouse))


def test_edits_apply_in_the_next_build_without_a_refit(builds: Builds) -> None:
    assert [edit for edit in builds.edits if not in_force(edit, builds.before, builds.at_once, builds.at_once)] == []
    assert builds.figures == ("kept", 1, 1, 0)
    assert builds.extracts == 0


def test_an_edit_changes_the_name_of_no_other_cluster(builds: Builds) -> None:
    named = {edit.cluster_id for edit in builds.edits}
    others = (builds.before.keys() & builds.at_once.keys()) - named
    assert len(others) > 10
    assert all(builds.before[other].name == builds.at_once[other].name for other in others)
    [merge] = [edit for edit in builds.edits if edit.edit == "merge_into"]
    whole = builds.before[merge.cluster_id].conversations | builds.before[merge.value].conversations
    assert builds.at_once[merge.value].conversations == whole
    assert (merge.cluster_id, merge.value) in builds.lineage


def test_edits_live_through_a_refit(builds: Builds) -> None:
    decision = "select decision from fct_kura__runs where stage = 'fit' order by started_at desc limit 1"
    assert builds.warehouse.value(decision) == "refit: always"
    assert [edit for edit in builds.edits if not in_force(edit, builds.before, builds.at_once, builds.refitted)] == []


def test_clusters_that_edits_have_put_into_others_are_scored_there(builds: Builds) -> None:
    scored = builds.warehouse.kura("evaluate", "--stability", "0")
    assert scored.returncode == 0, scored.stderr
    assert f"{ALL} conversations" in scored.stdout
    assert "own members" in scored.stdout
    assert "brings them together" not in scored.stdout


def test_an_edit_that_fits_nothing_is_a_warning_that_says_what_to_do(builds: Builds) -> None:
    assert "no cluster has the id c0" in " ".join(builds.at_once_said.split())
    assert "WARN 1 edits_fit" in builds.at_once_said


def test_readers_get_nothing_new_before_the_edits_are_tested(builds: Builds) -> None:
    assert "kura_publications" in builds.warehouse.dbt("ls", "--select", "int_kura__curation+")


def test_what_is_hidden_is_not_named_in_what_earlier_refits_did_either(builds: Builds) -> None:
    lineage = "select old_cluster_id, old_name, new_cluster_id, new_name from fct_kura__cluster_lineage"
    merged = next(edit for edit in builds.edits if edit.edit == "merge_into")
    hide = Edit(merged.value, builds.refitted[merged.value].name, "hide", "")
    nameless = {merged.cluster_id, merged.value}

    def told() -> list[str]:
        rows = builds.warehouse.rows(lineage)
        return [name for row in rows for cluster, name in (row[:2], row[2:]) if cluster in nameless and name]

    before = told()
    assert len(before) > 3
    assert hide.cluster_name in before
    keep(builds.warehouse, [*builds.edits, hide])
    builds.warehouse.dbt("build")
    assert set(told()) == {"Hidden"}


def test_what_was_hidden_is_not_read_because_its_edit_fits_nothing_any_more(builds: Builds) -> None:
    hidden = next(edit.cluster_id for edit in builds.edits if edit.edit == "hide")
    with duckdb.connect(str(builds.warehouse.database)) as connection:  # as after another name in a taxonomy
        connection.execute("set schema = 'kura_internal'")
        connection.execute("update int_kura__curation set status = 'left_out' where edit = 'hide'")
        connection.execute(
            "update int_kura__clusters set cluster_id = 'c1', is_suppressed = false where cluster_id = ?", [hidden]
        )
        connection.execute(
            "update int_kura__conversation_clusters set cluster_id = 'c1' where cluster_id = ?", [hidden]
        )
    said = builds.warehouse.dbt("test", "--select", "hidden_stays_hidden", fails=True)
    count = len(builds.refitted[hidden].conversations)
    assert (
        f"hide of {hidden} is left out, and readers would get what it hides, most of it ({count} conversations) in c1"
        in (" ".join(said.split()))
    )


def test_edits_of_another_schema_are_left_out_with_one_warning(builds: Builds) -> None:
    keep(builds.warehouse, [Edit(f"c{number}", "", "rename", "Ours") for number in range(3)])
    said = builds.warehouse.dbt(
        "build", "--select", "stg_kura__edits", "int_kura__curation", "int_kura__curated_clusters"
    )
    assert said.count("none of the edits names a cluster of this schema") == 1
    assert builds.warehouse.rows("select distinct status from int_kura__curation") == [("elsewhere",)]
    assert (
        builds.warehouse.value("select count(*) from int_kura__curated_clusters where cluster_id <> curated_cluster_id")
        == 0
    )


def test_a_seed_of_somebody_is_named_by_ref_and_must_have_the_columns(tmp_path: Path) -> None:
    shop = Shop(tmp_path, {})
    project = yaml.safe_load((tmp_path / "dbt_project.yml").read_text())
    project["vars"]["kura"]["kura_curation"] = "{{ ref('topic_edits') }}"
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (tmp_path / "seeds").mkdir()
    names = ("=SUM(A1)", "-20 % offer", "+ more", "@home", "＝wide", "'s morgens", "'quoted'", "O'Neill - tents")
    written = [
        {"cluster_id": f"d{number}", "cluster_name": name, "edit": "rename", "value": f"{name}!"}
        for number, name in enumerate(names)
    ]
    with (tmp_path / "seeds" / "topic_edits.csv").open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerows([["cluster_id", "cluster_name", "edit", "value"], ["c1", " A, b", "Pin ", ""]])
        file.write(as_csv(written, header=False))
    shop.dbt("build", "--select", "+stg_kura__edits")
    rows = shop.rows("from main_internal.stg_kura__edits order by cluster_id")
    assert rows == [("c1", "A, b", "pin", ""), *(tuple(row.values()) for row in written)]
    (tmp_path / "seeds" / "topic_edits.csv").write_text("id,edit\nc1,pin\n")
    output = shop.dbt("build", "--full-refresh", "--select", "+stg_kura__edits", fails=True)
    assert "has no column cluster_id, cluster_name, value" in " ".join(output.split())
    missing = shop.dbt("run", "--select", "stg_kura__edits", fails=True, kura_curation="raw.nothing")
    assert "there is no such table" in " ".join(missing.split())
