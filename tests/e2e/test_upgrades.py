"""A warehouse that an older release has written: paid answers, ids and names go on."""

from __future__ import annotations

from typing import Any

import duckdb

from tests.support.model_runs import TEXTS, settings
from tests.support.standin import StandIn
from tests.support.warehouse import Warehouse

# what tables that last have got since they were made first, or could have
NEWER = {
    "kura_llm_responses": ("retries", "seconds"),
    "kura_embedding_responses": ("subject",),
    "kura_llm_batches": ("subject",),
    "kura_run_log": ("rows_deleted", "seconds", "lens"),
    "kura_cluster_history": ("lens",),
    "int_kura__summaries": ("cost_usd",),
    "int_kura__cluster_fit": ("lens",),
    "int_kura__language_shifts": ("lens",),
    "int_kura__cluster_names": ("radius", "lens"),
    "int_kura__assignments": ("lens",),
    "int_kura__cluster_lineage": ("lens",),
    "int_kura__runs": ("untold_share", "lens"),
}


def known(warehouse: Warehouse) -> list[list[tuple[Any, ...]]]:
    return [
        warehouse.rows("select conversation_id, cluster_id, summary from fct_kura__conversations order by 1"),
        warehouse.rows("select cluster_id, parent_cluster_id, name from dim_kura__clusters order by 1"),
    ]


def test_of_a_file_of_an_older_release_nothing_that_was_paid_is_asked_again(
    warehouse: Warehouse, model: StandIn
) -> None:
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        warehouse.dbt("build", **settings(warehouse))
        before, asked = known(warehouse), len(model.calls)
        assert asked > len(TEXTS)
        with duckdb.connect(str(warehouse.database)) as connection:
            for table, columns in NEWER.items():
                for column in columns:
                    connection.execute(f"alter table kura_internal.{table} drop column {column}")
        warehouse.dbt("build", **settings(warehouse))
        assert len(model.calls) == asked
    assert known(warehouse) == before
    decisions = "select decision, calls from fct_kura__runs where stage = 'fit' order by started_at"
    assert warehouse.rows(decisions) == [("refit: first fit", 0), ("kept", 0)]
