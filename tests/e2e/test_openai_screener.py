"""Whole builds in which a question decides which conversations are looked at."""

from __future__ import annotations

from tests.support.model_runs import ASKING, TEXTS, is_screening, settings, summary_calls
from tests.support.standin import StandIn
from tests.support.warehouse import Warehouse


def test_only_what_matches_is_paid_for_and_the_rest_stays_a_row(warehouse: Warehouse, model: StandIn) -> None:
    matching = sum("parcel" in text or "app crashes" in text for text in TEXTS)
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_screener="Is it about a parcel or an app?")
        warehouse.dbt("build", **chosen)
        assert sum(map(is_screening, model.calls)) == len(TEXTS)
        assert len(summary_calls(model)) == matching
        statuses = "select status, count(*), count(distinct cluster_id = 'unprocessed') from fct_kura__conversations"
        assert warehouse.rows(f"{statuses} group by 1 order by 1") == [
            ("ok", matching, 1),
            ("screened_out", len(TEXTS) - matching, 1),
        ]
        assert warehouse.value("select sum(conversation_count) from dim_kura__clusters where level = 0") == len(TEXTS)
        assert warehouse.rows("select distinct status, input_tokens from fct_kura__conversations order by 1") == [
            ("ok", 200),
            ("screened_out", 100),
        ]
        assert f"unprocessed ({len(TEXTS) - matching} screened out)" in warehouse.kura("tree").stdout

        before = len(model.calls)
        warehouse.dbt(*ASKING, **chosen)
        assert len(model.calls) == before

        warehouse.dbt("run", "--select", "+int_kura__summaries", **settings(warehouse))
        assert sum(map(is_screening, model.calls)) == len(TEXTS)
        assert len(summary_calls(model)) == len(TEXTS)


def test_without_a_language_model_a_screener_is_an_error(warehouse: Warehouse) -> None:
    output = warehouse.dbt("parse", fails=True, kura_screener="Is it about a parcel?")
    assert "`kura_screener` needs a language model" in output
