"""Who answers the questions of a stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from kura_udfs.llm.answers import Desk, Work, check_access, done_together, over_http
from kura_udfs.llm.breaker import Breaker
from kura_udfs.llm.stores import Responses
from kura_udfs.settings import Lens, ModelSettings, SummarySettings
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage


def open_responses(stage: Stage, responses: Relation) -> Responses:
    """Return the store of answers; on request (`--full-refresh`) what was given up is asked again."""
    return Responses(stage.warehouse, responses, asks_again=stage.starts_over)


def open_desk(stage: Stage, settings: ModelSettings, model: str, responses: Relation) -> Desk:
    """Return where the questions of a stage to a model are asked; `responses` is `dbt.ref("kura_llm_responses")`."""
    answerer = over_http
    if isinstance(stage.warehouse, Snowflake) and settings.provider == "cortex":
        from kura_udfs.llm import cortex

        answerer = cortex.answers_by(stage.warehouse)
    store = open_responses(stage, responses)
    stage.wait_for_others()
    return Desk(settings, store, stage.account, stage.progress, answerer, Breaker(model))


def asking_in_lenses(
    dbt: Any, session: Any, name: str, log: Relation, lenses: Sequence[Lens], make: Callable[[Stage], Work[pa.Table]]
) -> Any:
    """Do as `warehouse.stage.in_lenses` does, but ask what is to be asked in several lenses at once."""
    with ExitStack() as stack:
        stages = [stack.enter_context(Stage(dbt, session, name, log, lens, len(lenses))) for lens in lenses]

        def settle() -> None:
            for stage in stages:
                stage.settle()

        made = done_together([make(stage) for stage in stages], settle)
    return stages[-1].output(pa.concat_tables(made))


def check_paid_models(settings: SummarySettings) -> None:
    """Stop before anything is paid for if one of the models that a run pays for could not be paid.

    Raises
    ------
    KuraError
        As `llm.answers.check_access`.
    """
    models = [settings.embedder.embedding_model] if settings.embedder.embedder == "openai" else []
    if settings.model.provider == "openai":
        models += [settings.model.llm_model, settings.model.namer]
    if models:
        check_access(settings.model, models)
