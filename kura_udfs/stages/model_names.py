"""A tree that a language model builds by naming it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kura_udfs.clustering.succession import LastTree, base_heirs, inherited_tree
from kura_udfs.naming.voices import voices
from kura_udfs.settings import NameSettings
from kura_udfs.stages.name_audit import Judgement, judged_by_model, known_judgement, trusted
from kura_udfs.stages.nodes import Bases, Nodes, identified, still_named
from kura_udfs.stages.phrase_names import phrase_names

if TYPE_CHECKING:
    from kura_udfs.prompting.names import Namer
    from kura_udfs.prompting.questions import Asking


def named_by_model(
    settings: NameSettings, namer: Namer, bases: Bases, before: LastTree | None, last_held: LastTree | None
) -> Asking[Nodes]:
    """Have the base clusters named, except those that keep their names, and the tree built over the names that pass."""
    from kura_udfs.prompting import hierarchy as model_hierarchy
    from kura_udfs.prompting import levels
    from kura_udfs.prompting import names as model_names

    fit, texts = bases.fit, bases.texts
    inherited = inherited_tree(last_held, fit.ids, bases.centroids, bases.sizes, settings.top_clusters)
    heirs = trusted(base_heirs(before, fit.ids), before, bases.said)
    local, _ = phrase_names(settings, bases, np.full(len(fit.ids), -1, np.int32), fit.labels)
    named = yield from model_names.base_names(
        texts.texts,
        texts.vectors,
        fit.labels,
        local,
        [heir.name if heir else None for heir in heirs],
        namer,
        settings.seed,
        voices(bases.authors.sole),
    )
    known = [known_judgement(heir, before, True) for heir in heirs]
    named, judged = yield from judged_by_model(named, known, namer, bases.said)
    untold = bases.hidden | np.array([judgement.verdict == "failed" for judgement in judged], bool)
    built = yield from model_hierarchy.model_tree(
        named,
        bases.centroids,
        bases.sizes,
        levels.TreeSettings(namer, bases.encoder.embed, settings.top_clusters, settings.seed),
        inherited,
        untold,
    )
    heirs = still_named(heirs, [built.names[node] for node in built.tree.leaf_of_base])
    ids, all_heirs = identified(built.tree, fit, before, heirs)
    judgements: list[Judgement | None] = [None] * len(built.names)
    for node, judgement in zip(built.tree.leaf_of_base, judged, strict=True):
        judgements[node] = judgement
    return Nodes(built.tree, ids, all_heirs, built.names, judgements, [False] * len(built.names))


def namer_of(settings: NameSettings) -> Namer:
    """Return the model that gives names, with its prompts."""
    from kura_udfs.prompting import prompts
    from kura_udfs.prompting.names import Namer
    from kura_udfs.prompting.questions import LanguageModel

    model = LanguageModel(settings.model.namer, settings.model.llm_parameters)
    return Namer(prompts.load_prompts(settings.model.prompts_path), model)
