"""Vectors by a model in Snowflake, some thousands of texts a statement, kept as they arrive."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kura_udfs.errors import KuraError
from kura_udfs.llm import cortex
from kura_udfs.llm.breaker import Breaker
from kura_udfs.settings import EmbeddingSettings
from kura_udfs.stages.snowflake.in_engine import EngineEncoder, function_name
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.sql import literal
from kura_udfs.warehouse.stage import Stage


def embed(stage: Stage, warehouse: Snowflake, settings: EmbeddingSettings, texts: Relation, paid: Relation) -> Any:
    """Embed the texts that have no vector of this model yet; `paid` is the table of those that were paid for."""
    encoder = EngineEncoder(warehouse, settings.embedder)
    store, recipe = warehouse.name(paid), literal(encoder.id)
    where = stage.is_unseen("text_hash", encoder.id)
    stage.count_unseen(texts, "text_hash", encoder.id)
    unseen = f"select distinct text_hash, cluster_text from {warehouse.source(texts)} where {where}"
    if not stage.sends_nothing:
        _Payer(stage, warehouse, settings, store).pay(unseen)
    return warehouse.rows(f"""
        select
            unseen.text_hash,
            {recipe} as recipe,
            cast(paid.embedding as vector(float, {encoder.dimensions})) as embedding
        from (select distinct text_hash from ({unseen}) as texts) as unseen
        inner join (
            select subject, embedding
            from {store}
            where recipe = {recipe}
            qualify row_number() over (partition by subject order by answered_at desc) = 1
        ) as paid on unseen.text_hash = paid.subject
    """)


class _Payer:
    """Asks for vectors. For one text that it can't read, AI_EMBED fails with its whole statement: that is halved."""

    def __init__(self, stage: Stage, warehouse: Snowflake, settings: EmbeddingSettings, store: str) -> None:
        self._stage, self._warehouse, self._settings, self._store = stage, warehouse, settings, store
        self._encoder = EngineEncoder(warehouse, settings.embedder)
        self._table = warehouse.temporary("kura_to_embed")
        self._breaker = Breaker(settings.embedder.cortex_embedding_model)

    def pay(self, unseen: str) -> None:
        """Keep a vector of every text of a query that has none."""
        count = function_name(self._settings.embedder.snowflake_functions, "kura_token_count")
        self._warehouse.execute(
            f"create temporary table {self._table} as select text_hash, words, {count}(words) as tokens,"
            " row_number() over (order by text_hash) as place from"
            f" (select text_hash, {self._encoder.cut('cluster_text')} as words from ({unseen}) as given) as cut"
            f" where text_hash not in (select subject from {self._store} where recipe = {literal(self._encoder.id)})"
        )
        total = self._warehouse.query(f"select count(*) as n from {self._table}")["n"][0].as_py()
        self._stage.progress.start(total)
        done, account = 0, self._stage.account
        before = account.of_this_run()
        while done < total:
            wanted = min(cortex.MOST_ROWS if done else cortex.FIRST_ROWS, total - done)
            rows = cortex.affordable(self._settings.model, account.of_this_run(), wanted, done, before)
            self._ask(done, done + rows)
            done += rows
            self._stage.progress.advance(rows)

    def _ask(self, first: int, last: int) -> None:
        """Keep the vectors of the rows after the first place up to the last."""
        part, rows = f"{self._table}_{first}_{last}", f"{self._table} where place > {first} and place <= {last}"
        try:
            self._warehouse.execute(
                f"create temporary table {part} as"
                f" select text_hash, cast({self._encoder.call('words')} as array) as embedding from {rows}"
            )
        except Exception as error:
            if isinstance(error, KuraError):
                raise
            if last - first > 1:
                middle = (first + last) // 2
                self._ask(first, middle)
                self._ask(middle, last)
                return
            self._stage.rows_failed += 1
            self._breaker.note(0, Counter({f"cortex: {_reason(error)}": 1}))
            return
        recipe, prefix = literal(self._encoder.id), literal(f"{self._encoder.id}:")
        answered = f"{part} where embedding is not null"  # as functions like this one may do instead of failing
        self._warehouse.execute(
            f"insert into {self._store} (key, subject, recipe, embedding, answered_at)"
            f" select sha2({prefix} || text_hash, 256), text_hash, {recipe}, embedding,"
            f" cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz) from {answered}"
        )
        [paid] = self._warehouse.query(
            "select count(*) as texts, coalesce(sum(tokens), 0) as tokens"
            f" from {rows} and text_hash in (select text_hash from {answered})"
        ).to_pylist()
        self._warehouse.execute(f"drop table {part}")
        failed = last - first - paid["texts"]
        self._stage.rows_failed += failed
        self._stage.account.book(cortex.embedding_cost(self._settings, paid["texts"], paid["tokens"]))
        self._breaker.note(paid["texts"], Counter({"cortex: no vector": failed} if failed else {}))


def _reason(error: Exception) -> str:
    """Return what Snowflake says."""
    return " ".join(str(getattr(error, "message", None) or error).split())[:200]
