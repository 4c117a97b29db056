"""What commands find, laid out for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from kura_udfs.commands.outputs import percent, plural
from kura_udfs.text.visible import visible

if TYPE_CHECKING:
    from kura_udfs.commands.estimate import Estimate
    from kura_udfs.commands.evaluate import Coverage, Evaluation
    from kura_udfs.commands.search import Found
    from kura_udfs.evaluation.reconstruction import Reconstruction
    from kura_udfs.evaluation.scores import Agreement
    from kura_udfs.evaluation.stability import Stability

BAR_WIDTH = 8
MOST_OF_NAMES = 40
"""Columns of a terminal for the names of the clusters that stand for a topic."""
WORTH_SAYING = 0.0005
"""A smaller share of rejected messages is 0.0 % in print."""


def rendered_tree(
    clusters: Sequence[Mapping[str, Any]],
    run: Mapping[str, Any],
    unprocessed: Mapping[str, int],
    levels: int | None = None,
) -> Tree:
    """Draw clusters as a tree with counts.

    Parameters
    ----------
    clusters
        Rows of `dim_kura__clusters` in their sort order.
    run
        `provider`, `seconds` and `rejected_share` of the run.
    unprocessed
        How many of the unprocessed conversations have which status.
    levels
        Draw only so many levels; all of them by default.
    """
    named = [cluster for cluster in clusters if not cluster["is_outliers"] and not cluster["is_unprocessed"]]
    tops = [cluster for cluster in clusters if cluster["level"] == 0]
    counts = [
        plural(sum(cluster["conversation_count"] for cluster in tops), "conversation"),
        plural(sum(cluster["level"] == 0 for cluster in named), "topic"),
        plural(sum(cluster["is_leaf"] for cluster in named), "cluster"),
        f"provider {run['provider']}",
        f"{run['seconds']:.0f} s",
    ]
    tree = Tree(Text(" · ".join(["Kura", *counts]), style="bold"), guide_style="dim")
    largest = max((cluster["conversation_count"] for cluster in tops if cluster in named), default=0)
    nodes = {None: tree}
    for cluster in clusters:
        is_reserved = cluster["is_outliers"] or cluster["is_unprocessed"]
        if (levels is None or cluster["level"] < levels) and (cluster["conversation_count"] or not is_reserved):
            branch = nodes[cluster["parent_cluster_id"]]
            nodes[cluster["cluster_id"]] = branch.add(_label(cluster, is_reserved, largest, unprocessed))
    if (run["rejected_share"] or 0) >= WORTH_SAYING:
        lost = f"{100 * run['rejected_share']:.1f} % of the messages rejected: kura_rejected_messages says why"
        tree.add(Text(lost, style="yellow"))
    return tree


def rendered_estimate(estimate: Estimate) -> Group:
    """Lay an estimate out as a table, with what it was told from."""
    table = Table(box=None, header_style="dim")
    table.add_column("stage")
    table.add_column("model")
    for column in ("calls", "input tokens", "output tokens", "cost"):
        table.add_column(column, justify="right")
    for stage in estimate.stages:
        numbers = (f"{number:,}" for number in (stage.calls, stage.input_tokens, stage.output_tokens))
        table.add_row(stage.stage, stage.model, *numbers, _dollars(stage.cost_usd))
    sums = (
        sum(stage.calls for stage in estimate.stages),
        sum(stage.input_tokens for stage in estimate.stages),
        sum(stage.output_tokens for stage in estimate.stages),
    )
    costs = [stage.cost_usd for stage in estimate.stages if stage.calls]
    total = None if None in costs else sum(cost for cost in costs if cost is not None)
    table.add_row("all", "", *(f"{number:,}" for number in sums), _dollars(total), style="bold")
    counts = f"{plural(estimate.transcripts, 'different transcript')}, {estimate.answered:,} of them answered before"
    unpriced = sorted({stage.model for stage in estimate.stages if stage.calls and stage.cost_usd is None})
    notes = [
        *estimate.notes,
        *(f"the price of {model} is not known: set it in kura_llm_prices" for model in unpriced),
        "tokens are estimated without the model's vocabulary; kura_max_cost_usd keeps a run below a limit",
    ]
    head = Text(f"Kura · {plural(estimate.conversations, 'conversation')} · {counts}", style="bold")
    return Group(head, table, *(Text(f"· {note}", style="dim") for note in notes))


def rendered_search(found: Found) -> Group:
    """List what was found: clusters, then conversations."""
    parts: list[Text | Table] = []
    for kind, title in (("cluster", "clusters"), ("conversation", "conversations")):
        hits = [hit for hit in found.hits if hit.kind == kind]
        table = Table(
            box=None, padding=(0, 1, 0, 0), show_header=False, title=title, title_justify="left", title_style="bold"
        )
        for hit in hits:
            about = " ".join(visible(hit.about or "").split())
            named = visible(hit.conversation_id or hit.path)
            table.add_row(f"{hit.similarity:.2f}", Text(named), Text(about, style="dim"))
        parts += [table] if hits else []
    if not found.hits:
        parts.append(Text("Nothing was found."))
    if found.note:
        parts.append(Text(f"· by the words alone: {found.note}", style="dim"))
    return Group(*parts)


def rendered_evaluation(evaluation: Evaluation) -> Group:
    """Lay out how good a build is, each part that could be told as a table."""
    coverage = evaluation.coverage
    lost = f"{_percent(coverage.outliers, coverage.conversations)} outliers, "
    lost += f"{_percent(coverage.unprocessed, coverage.conversations)} unprocessed"
    parts: list[Text | Table] = [
        Text(f"Kura · {plural(coverage.conversations, 'conversation')} · {lost}", style="bold")
    ]
    if evaluation.labels:
        table = _scored("agreement with labels", "", "labels", "clusters", *_SCORES)
        for row in evaluation.labels:
            table.add_row(f"{_level(row.level, row.is_leaves)}, {row.truth}", *_agreement(row.scores))
            if row.without_outliers:
                table.add_row("  no outliers", *_agreement(row.without_outliers), style="dim")
        parts += [Text(), table, *_explained(coverage)]
    if evaluation.names:
        table = _scored("names", "", "names", "nearest to own", "members to own", "unique", "phrases in a third")
        for level in evaluation.names:
            _, *shares = level.scores
            table.add_row(_level(level.level, level.is_leaves), f"{level.scores.n:,}", *map(_hundredths, shares))
        parts += [Text(), table]
    if evaluation.seeds and evaluation.parts:
        table = _scored("agreement of fits (AMI)", "", "leaves", "worst", "top", "worst", "number of leaves")
        table.add_row(f"{len(evaluation.seeds.n_leaves)} seeds, in pairs", *_stability(evaluation.seeds))
        table.add_row(f"all against {len(evaluation.parts.n_leaves) - 1} × 90 %", *_stability(evaluation.parts))
        parts += [Text(), table]
    return Group(*parts, *(Text(f"· {note}", style="dim") for note in evaluation.notes))


def rendered_selftest(found: Reconstruction, names: Mapping[str, str], notes: Sequence[str]) -> Group:
    """Lay out how much of a known truth came back, with a verdict.

    Parameters
    ----------
    found
        What came back.
    names
        Of the clusters, by id.
    notes
        What else there is to say.
    """
    head = Text(
        f"Kura selftest · {plural(found.n, 'made-up conversation')} · {plural(found.n_topics, 'topic')}", style="bold"
    )
    figures = _scored("", "", "", "")
    figures.show_header = False
    for label, value, remark in (
        ("in the right topic", f"{100 * found.recovered:.1f} %", "a cluster stands for the topic most of it has"),
        ("  with a cluster each", f"{100 * found.one_to_one:.1f} %", "if a topic may be in one cluster only"),
        ("  outliers", f"{100 * found.outliers:.1f} %", "in no cluster, though they have a topic"),
        (
            "shares off by",
            f"{100 * found.largest_error:.1f} points",
            f"at most; {100 * found.mean_error:.1f} on average",
        ),
        ("clusters", f"{found.n_clusters}", f"for {plural(found.n_topics, 'topic')}"),
        ("noise left out", "–" if found.noise_left_out is None else f"{100 * found.noise_left_out:.0f} %", ""),
    ):
        figures.add_row(label, value, Text(remark, style="dim"))
    languages = _scored("languages", "", "conversations", "in the right topic")
    for language, (count, share) in found.languages.items():
        languages.add_row(language, f"{count:,}", _hundredths(share))
    topics = _scored("topics", "", "share", "found", "error", "clusters")
    topics.columns[-1].justify, topics.columns[-1].max_width = "left", MOST_OF_NAMES
    for topic in found.topics:
        called = visible(" · ".join(names.get(cluster, cluster) for cluster in topic.clusters)) or "none"
        numbers = (_hundredths(topic.share), _hundredths(topic.found_share), f"{100 * topic.error:+.1f}")
        topics.add_row(topic.topic.replace("_", " "), *numbers, Text(called, style="dim"))
    misses = found.misses
    verdict = (
        Text.assemble(("Falls short", "bold red"), ": " + "; ".join(misses) + ".")
        if misses
        else Text.assemble(("To be believed", "bold green"), ": what was put in came out again.")
    )
    several: list[Table | Text] = [languages, Text()] if len(found.languages) > 1 else []
    remarks = [Text(f"· {note}", style="dim") for note in notes]
    return Group(head, Text(), figures, Text(), *several, topics, Text(), *remarks, verdict)


_SCORES = ("accuracy", "NMI", "AMI", "ARI", "homog.", "compl.")


def _scored(title: str, *columns: str) -> Table:
    table = Table(
        box=None, padding=(0, 1, 0, 0), header_style="dim", title=title, title_justify="left", title_style="bold"
    )
    for column in columns:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    return table


def _explained(coverage: Coverage) -> list[Text]:
    """Say which conversations count, and how."""
    notes = [
        f"{coverage.labelled:,} of the {plural(coverage.in_file, 'labelled conversation')} are in the build,"
        f" {_percent(coverage.labelled, coverage.conversations)} of it; the others don't count"
    ]
    if coverage.labelled_outliers:
        share = _percent(coverage.labelled_outliers, coverage.labelled)
        notes.append(f"outliers, {share} of these, count as a group of their own that is right for no label")
    if coverage.labelled_unprocessed:
        share = _percent(coverage.labelled_unprocessed, coverage.labelled)
        notes.append(f"unprocessed ones, {share} of these, are left out")
    return [Text(f"· {note}", style="dim") for note in notes]


def _level(level: int, is_leaves: bool) -> str:
    if is_leaves:
        return "leaves"
    return "top" if level == 0 else f"level {level}"


def _agreement(scores: Agreement) -> list[str]:
    shares = (scores.accuracy, scores.nmi, scores.ami, scores.ari, scores.homogeneity, scores.completeness)
    return [f"{scores.n_labels:,}", f"{scores.n_clusters:,}", *map(_hundredths, shares)]


def _stability(found: Stability) -> list[str]:
    shares = (found.leaves, found.worst_leaves, found.tops, found.worst_tops)
    return [*map(_hundredths, shares), f"{min(found.n_leaves)} to {max(found.n_leaves)}"]


def _hundredths(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _percent(part: int, whole: int) -> str:
    return percent(part / max(whole, 1))


def _dollars(cost: float | None) -> str:
    if cost is None:
        return "unknown"
    return f"${cost:,.2f}" if cost >= 1 or cost == 0 else f"${cost:.4f}"


def _label(cluster: Mapping[str, Any], is_reserved: bool, largest: int, unprocessed: Mapping[str, int]) -> Text:
    count = f"{cluster['conversation_count']:,}"
    if cluster["is_unprocessed"] and unprocessed:
        count = ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in unprocessed.items())
    name = visible(cluster["name"])
    if is_reserved:
        return Text(f"{name.lower()} ({count})", style="dim")
    if cluster["level"] > 0:
        return Text.assemble(name, (f" ({count})", "dim"))
    bar = "▇" * max(1, round(BAR_WIDTH * cluster["conversation_count"] / largest))
    return Text.assemble((name, "bold"), (f" ({count} · {percent(cluster['share'], 0)}) ", "dim"), (bar, "cyan"))
