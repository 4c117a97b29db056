"""Who answers the questions of a stage."""

from __future__ import annotations

from kura_udfs.llm.answers import Desk, over_http
from kura_udfs.llm.stores import Responses
from kura_udfs.settings import ModelSettings
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage


def open_desk(stage: Stage, settings: ModelSettings, responses: Relation) -> Desk:
    """Return where the questions of a stage are asked; `responses` is `dbt.ref("kura_llm_responses")`."""
    answerer = over_http
    if isinstance(stage.warehouse, Snowflake) and settings.provider == "cortex":
        from kura_udfs.llm import cortex

        answerer = cortex.answers_by(stage.warehouse)
    return Desk(settings, Responses(stage.warehouse, responses), stage.account, stage.progress, answerer)
