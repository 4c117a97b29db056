"""The audit of names at work: which names are judged, by whom, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from kura_udfs.clustering.succession import Heir, LastTree
from kura_udfs.naming.audit import Verdict, flaws
from kura_udfs.naming.headings import spoken_key
from kura_udfs.naming.names import ClusterName
from kura_udfs.naming.persons import Said

if TYPE_CHECKING:
    from kura_udfs.prompting.names import Namer
    from kura_udfs.prompting.questions import Asking


class Judgement(NamedTuple):
    """What the audit says of a name."""

    verdict: Verdict
    score: int | None


def trusted(heirs: Sequence[Heir | None], before: LastTree | None, said: Said) -> list[Heir | None]:
    """Take the names from heirs that may not keep them: those that failed, or fail by the rules of today."""
    kept = [heir for heir in heirs if heir and heir.name]
    found = flaws([ClusterName(*heir.name, [], []) for heir in kept if heir.name], said)
    bad = {
        heir.cluster_id
        for heir, flaw in zip(kept, found, strict=True)
        if flaw or _row(before, heir).get("audit_verdict") == "failed"
    }
    return [heir._replace(name=None) if heir and heir.cluster_id in bad else heir for heir in heirs]


def known_judgement(heir: Heir | None, before: LastTree | None, asks: bool) -> Judgement | None:
    """Return what was said of a name that is kept; None for a new one, and if a model has still to say it."""
    row = _row(before, heir) if heir and heir.name else {}
    verdict, score = row.get("audit_verdict"), row.get("audit_score")
    return Judgement(verdict, score) if verdict and (score is not None or not asks) else None


def judged_by_rules(
    names: Sequence[ClusterName], known: Sequence[Judgement | None], was_flawed: Sequence[bool], said: Said
) -> list[Judgement]:
    """Judge the names of which nothing is known by the rules alone; one in the place of a flawed one is renamed."""
    return [
        judgement or Judgement("failed" if flaw else "renamed" if flawed else "passed", None)
        for judgement, flaw, flawed in zip(known, flaws(names, said), was_flawed, strict=True)
    ]


def judged_by_model(
    names: Sequence[ClusterName], known: Sequence[Judgement | None], namer: Namer, said: Said
) -> Asking[tuple[list[ClusterName], list[Judgement]]]:
    """Have a model judge the names of which nothing is known, and rewrite those that fail."""
    from kura_udfs.prompting.audit import audited
    from kura_udfs.prompting.names import Taken

    others = [name for name, judgement in zip(names, known, strict=True) if judgement]
    new = [name for name, judgement in zip(names, known, strict=True) if not judgement]
    taken = Taken({spoken_key(other.name) for other in others}, {other.slug for other in others})
    judged = iter((yield from audited(new, partial(flaws, said=said), taken, namer)))
    found, judgements = [], []
    for name, judgement in zip(names, known, strict=True):
        if judgement:
            found.append(name)
            judgements.append(judgement)
        else:
            one = next(judged)
            found.append(one.name)
            judgements.append(Judgement(one.verdict, one.score))
    return found, judgements


def _row(before: LastTree | None, heir: Heir) -> Mapping[str, Any]:
    return before.rows.get(heir.cluster_id, {}) if before else {}
