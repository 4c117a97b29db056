"""What `kura estimate` counts beside summaries and names."""

from __future__ import annotations

import duckdb

from kura_udfs.commands.estimate import StageEstimate, estimate_run
from kura_udfs.settings import EmbedderSettings, EstimateSettings, LensSettings, ModelSettings


def estimated(taxonomy: str | None) -> dict[str, StageEstimate]:
    with duckdb.connect() as connection:
        connection.execute(
            "create view int_kura__transcripts as select 'h' || n as content_hash, 'where is parcel ' || n as transcript,"
            " 'where is parcel ' || n as user_turns, 5 as token_count, 1 as turn_count, false as is_empty"
            " from range(205) as texts(n)"
        )
        settings = EstimateSettings(
            model=ModelSettings("openai", "gpt-4o-mini"),
            embedder=EmbedderSettings("minilm", None, "fp16", "", None, "", ""),
            facets=[],
            screener=None,
            llm_batch=False,
            transcript_tokens=8_000,
            lens=LensSettings("auto", "openai", "auto"),
            clusters_target=None,
            top_clusters=10,
            taxonomy=taxonomy,
        )
        return {stage.stage: stage for stage in estimate_run(connection, settings).stages}


def test_a_tenth_of_the_texts_may_be_asked_about_where_there_is_a_taxonomy() -> None:
    without, with_one = estimated(None), estimated("{{ ref('our_topics') }}")
    assert with_one.keys() - without.keys() == {"fit"}
    assert with_one["fit"].calls == 20
    assert 100 * 20 < with_one["fit"].input_tokens < 1_000 * 20
    assert with_one["fit"].cost_usd
    assert with_one["summaries"] == without["summaries"]
