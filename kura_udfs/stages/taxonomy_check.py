"""Topics of a taxonomy checked by a language model: what lies at the border of a topic is asked about, once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kura_udfs.clustering.points import Points
from kura_udfs.clustering.taxonomy import Placed
from kura_udfs.llm.answers import LOOKED_UP_AT_ONCE, answers_by_key
from kura_udfs.llm.requests import Answer
from kura_udfs.settings import ModelSettings
from kura_udfs.stages.desk import open_desk, open_responses
from kura_udfs.stages.taxonomy import Taxonomy
from kura_udfs.tables import Labels, Rows, fingerprint
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
    from kura_udfs.prompting.topics import Chooser

# Asked about is at most this share of the texts of a fit, those at the border first ...
MOST_ASKED = 0.1
# ... and of those only what might as well go elsewhere: with odds of four to one and less.
BORDER = math.log(4)


@dataclass(frozen=True, slots=True)
class Check:
    """Has a model say where texts at the border belong.

    What it has once said of a text holds as long as text, topics and model are the same, wherever the border is.
    """

    stage: Stage
    settings: ModelSettings
    chooser: Chooser
    responses: Relation

    @property
    def recipe(self) -> str:
        """Stands for what shapes its answers, besides the texts."""
        return fingerprint(self.chooser.recipe)

    def __call__(self, points: Points, placed: Placed) -> Labels:
        """Return the topic of each point, -1 for none: as the model says, or else as it was placed."""
        keys = [self.chooser.key(text) for text in points.texts]
        answers = self._known(keys)
        rows = [row for row in border(placed, len(keys)).tolist() if keys[row] not in answers]
        if rows:
            requests = [self.chooser.request(points.texts[row], placed.likely[row].tolist()) for row in rows]
            self.stage.progress.say(f"asking about {len(rows):,} texts at the border of topics")
            desk = open_desk(self.stage, self.settings, self.settings.llm_model, self.responses)
            answers |= answers_by_key(desk, requests)
        labels = placed.labels.copy()
        for row, key in enumerate(keys):
            said = self.chooser.chosen(answers.get(key))
            if said is not None:
                labels[row] = said
        self.stage.figures |= {"taxonomy_asked": len(rows), "taxonomy_moved": int((labels != placed.labels).sum())}
        return labels

    def _known(self, keys: list[str]) -> dict[str, Answer]:
        store = open_responses(self.stage, self.responses)
        known: dict[str, Answer] = {}
        for start in range(0, len(keys), LOOKED_UP_AT_ONCE):
            known |= store.find(keys[start : start + LOOKED_UP_AT_ONCE])
        return known


def border(placed: Placed, texts: int) -> Rows:
    """Return the rows of the texts to ask about, the most doubtful first."""
    doubtful = np.flatnonzero(placed.certainty < BORDER)
    order = np.argsort(np.round(placed.certainty[doubtful], 6), kind="stable")
    return np.asarray(doubtful[order][: int(MOST_ASKED * texts)], np.int64)


def check_by_model(
    stage: Stage, settings: ModelSettings, taxonomy: Taxonomy | None, responses: Relation
) -> Check | None:
    """Return what checks a taxonomy; None without one or without a model, and where nothing may be sent."""
    if taxonomy is None or settings.provider == "local" or stage.sends_nothing:
        return None
    from kura_udfs.prompting.prompts import load_prompt
    from kura_udfs.prompting.questions import LanguageModel
    from kura_udfs.prompting.topics import Chooser, Option

    options = tuple(Option(one.topic, one.description) for one in taxonomy.leaves)
    model = LanguageModel(settings.llm_model, settings.llm_parameters)
    template = load_prompt("choose_topic", settings.prompts_path)
    return Check(stage, settings, Chooser(template, model, options), responses)
