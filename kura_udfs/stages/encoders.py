"""The encoder of a stage: a model that runs here, one that is paid, or one in the engine; and which of them it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from kura_udfs.settings import EmbedderSettings, EmbeddingSettings, ModelSettings
from kura_udfs.stages.snowflake import in_engine
from kura_udfs.tables import Vectors
from kura_udfs.text.tokens import count_tokens
from kura_udfs.vectors import choice, encoders, multilingual
from kura_udfs.vectors.lsa import fit_lsa
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage

# With fewer of the texts embedded than this the encoder is chosen anew: what is embedded are remains of another input,
# or the first few of many.
HARDLY_ANY = 0.1
# So few texts say little of the next few, and any refit moves most of them: until then the encoder may change.
FEW_TEXTS = 200


class Encoder(Protocol):
    """What turns texts into unit vectors."""

    @property
    def id(self) -> str:
        """Names everything that shapes a vector."""

    def embed(self, texts: Sequence[str], advance: Callable[[int], None] | None = None) -> Vectors:
        """Return a vector per text."""


def chosen(stage: Stage, settings: EmbedderSettings, texts: Relation) -> tuple[EmbedderSettings, str]:
    """Settle which encoder embeds the texts, and why it is that one.

    `auto` goes by their languages once there are enough texts, and then stays with the encoder of the vectors that are
    there: another encoder is another space, in which all clusters would be learned anew.

    Parameters
    ----------
    stage : Stage
        Of the embeddings.
    settings : EmbedderSettings
    texts : Relation
        With the columns `text_hash` and `language`.

    Returns
    -------
    settings : EmbedderSettings
        Without `auto`.
    reason : str
    """
    if settings.embedder != "auto":
        return settings, "set"
    if isinstance(stage.warehouse, Snowflake):
        return _settled(settings, "minilm"), "auto: minilm on Snowflake"
    counts = stage.warehouse.query_input(texts, _LANGUAGES_OF_TEXTS)
    languages = dict(zip(counts["language"].to_pylist(), counts["n"].to_pylist(), strict=True))
    number, shares = sum(languages.values()), choice.shares_of(languages)
    if not number:
        return _settled(settings, "minilm"), "auto: there are no texts"
    last = _last(stage, texts, HARDLY_ANY * number)
    if last and number >= FEW_TEXTS and not stage.starts_over:
        return _settled(settings, last), f"auto: kept; now {choice.told(shares)}"
    found = choice.by_share(shares, last)
    if found.embedder == "multilingual" and encoders.problem("multilingual", _folder(settings, "multilingual")):
        stage.progress.say(
            f"{choice.told(shares)}, but the encoder multilingual is not installed: {multilingual.INSTALL}, "
            "and the next dbt build --full-refresh takes it up; until then it is minilm."
        )
        return _settled(settings, "minilm"), f"auto: {choice.told(shares)}, but multilingual is not installed"
    if found.embedder != last or stage.starts_over:
        stage.progress.say(f"the encoder is {found.embedder}: {found.reason}")
    return _settled(settings, found.embedder), f"auto: {found.reason}"


def of_vectors(stage: Stage, settings: EmbedderSettings, points: Relation) -> EmbedderSettings:
    """Return the settings with the encoder that has made the vectors of some points, where it is not set."""
    if settings.embedder != "auto":
        return settings
    if isinstance(stage.warehouse, Snowflake):
        return _settled(settings, "minilm")
    recipes = stage.warehouse.read(points, "distinct recipe")["recipe"].to_pylist()
    return _settled(settings, next(filter(None, map(choice.embedder_of, recipes)), "minilm"))


_LANGUAGES_OF_TEXTS = """
    select language, count(*) as n
    from (select text_hash, min(language) as language from input group by text_hash) as texts
    group by language
"""


def _last(stage: Stage, texts: Relation, least: float) -> choice.Bundled | None:
    """Return the encoder of the vectors that there are, if they are of so many of these texts."""
    if "recipe" not in stage.warehouse.columns():
        return None
    there = stage.warehouse.query_input(
        texts,
        f"select recipe, count(*) as n from {stage.warehouse.this}"
        " where text_hash in (select text_hash from input) group by recipe order by n desc, recipe",
    )
    for recipe, number in zip(there["recipe"].to_pylist(), there["n"].to_pylist(), strict=True):
        embedder = choice.embedder_of(recipe)
        if embedder and number >= least:
            return embedder
    return None


def _settled(settings: EmbedderSettings, embedder: choice.Bundled) -> EmbedderSettings:
    return replace(settings, embedder=embedder, embedder_path=_folder(settings, embedder))


def _folder(settings: EmbedderSettings, embedder: choice.Bundled) -> str | None:
    """Return the folder of an encoder that was not asked for by its name: the one of the settings, if it is of it."""
    return encoders.own_folder(embedder, settings.embedder_path)


def load_encoder(
    stage: Stage, settings: EmbedderSettings, server: ModelSettings, texts: Relation, paid: Relation
) -> Encoder:
    """Return the encoder that the settings name.

    Parameters
    ----------
    stage : Stage
    settings : EmbedderSettings
    server : ModelSettings
        Where a paid encoder is, and what it may cost.
    texts : Relation
        With a column `cluster_text`: an encoder that learns does so from all of them.
    paid : Relation
        `dbt.ref("kura_embedding_responses")`.
    """
    if isinstance(stage.warehouse, Snowflake) and in_engine.embeds(settings):
        return in_engine.EngineEncoder(stage.warehouse, settings, _payer(stage, settings, server))
    if settings.embedder == "lsa":
        # learned from the texts themselves: one more text, and every vector is a different one
        found = stage.warehouse.read(texts, "distinct cluster_text")
        return fit_lsa(found["cluster_text"].to_pylist())
    if settings.embedder == "openai":
        from kura_udfs.llm.paid_vectors import PaidEncoder, encoder_id
        from kura_udfs.llm.stores import StoredVectors

        store = StoredVectors(stage.warehouse, paid, encoder_id(settings))
        return PaidEncoder(settings, server, stage.account, store, stage.sends_nothing)
    return encoders.load_encoder(
        settings.embedder, settings.embedder_path, settings.embedder_precision, report=stage.progress.say
    )


def _payer(stage: Stage, settings: EmbedderSettings, server: ModelSettings) -> Callable[[Sequence[str]], None]:
    """Return what books the vectors of texts, where a model in Snowflake makes them."""

    def pay(texts: Sequence[str]) -> None:
        if settings.embedder == "cortex":
            from kura_udfs.llm.cortex import embedding_cost

            tokens = sum(map(count_tokens, texts))
            stage.account.book(embedding_cost(EmbeddingSettings(server, settings), len(texts), tokens))

    return pay
