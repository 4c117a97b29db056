"""A tree by a model keeps the promises of every tree, whatever the model answers."""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.clustering.hierarchy import MOST_LEVELS, build_tree
from kura_udfs.errors import KuraError
from kura_udfs.llm.requests import Answer, Request
from kura_udfs.naming.headings import MAX_WORDS, spoken_key
from kura_udfs.naming.names import ClusterName
from kura_udfs.prompting import hierarchy as model_hierarchy
from kura_udfs.prompting import levels as model_levels
from kura_udfs.prompting.hierarchy import NamedTree, model_tree
from kura_udfs.prompting.levels import Choice, Proposals, TreeSettings
from kura_udfs.prompting.names import NameAnswer, Namer
from kura_udfs.prompting.prompts import load_prompts
from kura_udfs.prompting.questions import LanguageModel
from tests.support.asking import answered
from tests.support.vectors import bases_below

MODEL = LanguageModel("m", {})
TEMPLATES = load_prompts()
THEMES = ["parcel", "refund", "login", "invoice", "camera", "garden", "music", "travel", "pizza", "python"]
ACTIONS = ["Find", "Return", "Repair", "Explain", "Cancel", "Compare", "Order", "Move", "Pay", "Rate"]


def embed(texts: Sequence[str]) -> np.ndarray:
    """A stand-in encoder: hashed words, each theme with a direction of its own."""
    vectors = np.zeros((len(texts), 64), np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            if word in THEMES:
                vectors[row, THEMES.index(word)] += 3
            else:
                vectors[row, 10 + zlib.crc32(word.encode()) % 54] += 0.3
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def base_names(k: int, themes: int = 10) -> list[ClusterName]:
    return [
        ClusterName(
            f"{ACTIONS[i // themes % 10]} the {THEMES[i % themes]} {i}",
            f"The users ask about {THEMES[i % themes]}.",
            f"{ACTIONS[i // themes % 10]}_{THEMES[i % themes]}_{i}".lower(),
            [THEMES[i % themes]],
            [i],
        )
        for i in range(k)
    ]


def answer(request: Request, content: Any) -> Answer:
    said = content if isinstance(content, str) else json.dumps(content)
    return Answer(request.key, "ok", said, None, "m", 1, 1, 0.0, 1, 0, 0.0)


def options(request: Request) -> dict[int, str]:
    return {int(number): text for number, text in re.findall(r"^- (\d+)\. (.*)$", request.prompt.user, re.MULTILINE)}


def theme(text: str) -> str:
    return next((word for word in THEMES if re.search(rf"\b{word}\b", text)), "")


class Librarian:
    """A model that knows the themes, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, requests: Sequence[Request]) -> Mapping[str, Answer]:
        self.requests += requests
        return {request.key: answer(request, self.content(request)) for request in requests}

    def content(self, request: Request) -> Any:
        shown = request.prompt.user
        if request.schema is Proposals:
            found = [word for word in THEMES if re.search(rf"\b{word}\b", shown)]
            return {"parents": [{"name": f"Settle {word} matters", "description": f"All {word}."} for word in found]}
        if request.schema is Choice:
            child = theme(shown.split("\n")[3])
            return {"parent": next((number for number, text in options(request).items() if theme(text) == child), 0)}
        return {
            "name": f"Deal with {theme(shown)}",
            "description": f"All {theme(shown)}. Nothing else.",
            "slug": "",
        }


def grown(k: int, ask: Any, top: int = 10, seed: int = 0, sizes: Any = None, themes: int = 10) -> NamedTree:
    names = base_names(k, themes)
    weights = np.ones(k) if sizes is None else sizes
    return answered(model_tree(names, embed([name.name for name in names]), weights, settings_(top, seed)), ask)


def settings_(top: int = 10, seed: int = 0) -> TreeSettings:
    return TreeSettings(Namer(TEMPLATES, MODEL), embed, top, seed)


def check(found: NamedTree, k: int, top: int, sizes: np.ndarray, of_bases: Sequence[ClusterName] = ()) -> None:
    tree, names = found
    children = np.bincount(tree.parents[tree.parents >= 0], minlength=len(tree.parents))
    is_leaf = children == 0
    assert sorted(tree.leaf_of_base.tolist()) == np.flatnonzero(is_leaf).tolist()
    assert len(tree.leaf_of_base) == k
    assert not np.any(children == 1), "a parent with a single child"
    assert np.count_nonzero(tree.levels == 0) <= max(top, 2)
    assert tree.levels.max(initial=0) < MOST_LEVELS
    inner = tree.parents >= 0
    assert np.all(tree.parents[inner] < np.flatnonzero(inner)), "a parent after its child"
    assert np.all(tree.levels[inner] == tree.levels[tree.parents[inner]] + 1)
    assert np.all((tree.levels == 0) == ~inner)
    widths = [
        np.count_nonzero((tree.levels == level) | (is_leaf & (tree.levels < level)))
        for level in range(tree.levels.max(initial=0) + 1)
    ]
    assert widths == sorted(set(widths)), "a level no wider than the one above it"
    if top >= 3:
        loads = [sizes[list(members)].sum() for members in bases_below(tree)]
        assert all(load <= sizes.sum() / 2 for load, leaf in zip(loads, is_leaf, strict=True) if not leaf)
    assert [names[leaf] for leaf in tree.leaf_of_base] == list(of_bases or base_names(k))
    assert len(names) == len(tree.parents)
    assert len({spoken_key(name.name) for name in names}) == len({name.slug for name in names}) == len(names)
    assert all(0 < len(name.name.split()) <= MAX_WORDS for name in names)
    assert all(re.fullmatch(r"[a-z0-9]+_[a-z0-9]+_[a-z0-9]+", name.slug) for name in names)


# --- a model that knows its job


def test_a_good_model_shapes_the_tree() -> None:
    model = Librarian()
    found = grown(60, model)
    check(found, 60, 10, np.ones(60))
    tops = np.flatnonzero(found.tree.parents < 0)
    assert {found.names[node].name for node in tops} == {f"Deal with {word}" for word in THEMES}
    groups = {frozenset(bases_below(found.tree)[node]) for node in tops}
    assert groups == {frozenset(range(number, 60, 10)) for number in range(10)}


def test_each_question_is_asked_in_its_turn() -> None:
    model = Librarian()
    grown(100, model)
    kinds = [request.schema for request in model.requests]
    neighbourhoods = kinds.index(Choice) - 1
    assert neighbourhoods in (2, 3)  # of about 40, and one question to merge what they propose
    assert kinds == [Proposals] * (neighbourhoods + 1) + [Choice] * 100 + [NameAnswer] * 10


def test_few_clusters_are_one_neighbourhood_with_nothing_to_merge() -> None:
    model = Librarian()
    grown(30, model)
    assert [request.schema for request in model.requests].count(Proposals) == 1


def test_options_are_shuffled_but_the_same_every_time() -> None:
    first, second, other = Librarian(), Librarian(), Librarian()
    grown(60, first)
    grown(60, second)
    grown(60, other, seed=1)
    asked = [request for request in first.requests if request.schema is Choice]
    assert len({tuple(options(request).values()) for request in asked}) > 30
    assert len({frozenset(options(request).values()) for request in asked}) == 1
    assert [request.key for request in first.requests] == [request.key for request in second.requests]
    assert {request.key for request in asked}.isdisjoint(request.key for request in other.requests[1:-10])


def test_a_parent_is_named_by_its_children_alone() -> None:
    model = Librarian()
    grown(60, model)
    for request in model.requests[-10:]:
        lines = re.findall(r"^- (.*)$", request.prompt.user, re.MULTILINE)
        assert len(lines) == 6
        assert len({theme(line) for line in lines}) == 1


def test_many_clusters_get_levels_in_between() -> None:
    found = grown(300, Librarian(), top=3)
    check(found, 300, 3, np.ones(300))
    assert found.tree.levels.max() == 2


def test_a_wrong_number_falls_to_the_nearest_parent() -> None:
    class Slip(Librarian):
        def content(self, request: Request) -> Any:
            wrong = request.schema is Choice and zlib.crc32(request.key.encode()) % 3 == 0
            return {"parent": 999} if wrong else super().content(request)

    def tops(found: NamedTree) -> set[frozenset[int]]:
        return {frozenset(bases_below(found.tree)[node]) for node in np.flatnonzero(found.tree.parents < 0)}

    assert tops(grown(60, Slip())) == tops(grown(60, Librarian()))


def test_a_parent_without_a_name_is_called_as_it_was_proposed() -> None:
    class Nameless(Librarian):
        def content(self, request: Request) -> Any:
            return "no json" if request.schema is NameAnswer else super().content(request)

    found = grown(60, Nameless())
    tops = np.flatnonzero(found.tree.parents < 0)
    assert {found.names[node].name for node in tops} == {f"Settle {word} matters" for word in THEMES}


# --- a model that fails


@pytest.mark.parametrize("content", ["no json", {"parents": []}, {"parents": [{"name": "Other", "description": ""}]}])
def test_without_proposals_the_tree_is_the_numeric_one(content: Any) -> None:
    def ask(requests: Sequence[Request]) -> Mapping[str, Answer]:
        return {request.key: answer(request, content) for request in requests}

    names = base_names(60)
    vectors = embed([name.name for name in names])
    found = answered(model_tree(names, vectors, np.ones(60), settings_()), ask)
    numeric = build_tree(vectors, np.ones(60), top_clusters=10)
    assert {frozenset(group) for group in bases_below(found.tree)} == {
        frozenset(group) for group in bases_below(numeric)
    }
    check(found, 60, 10, np.ones(60))


def test_a_numeric_tree_that_would_be_too_deep_gives_only_its_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_hierarchy, "MOST_LEVELS", 2)
    names = base_names(200)
    vectors = embed([name.name for name in names])
    numeric = build_tree(vectors, np.ones(200), top_clusters=3)
    assert numeric.levels.max() > 1
    found = grown(200, lambda _: {}, top=3)
    check(found, 200, 3, np.ones(200))
    assert found.tree.levels.max() == 1
    tops = {
        frozenset(group) for group, level in zip(bases_below(found.tree), found.tree.levels, strict=True) if level == 0
    }
    assert tops == {
        frozenset(group) for group, level in zip(bases_below(numeric), numeric.levels, strict=True) if level == 0
    }


def test_choices_no_better_than_chance_are_not_believed() -> None:
    class Dice(Librarian):
        def content(self, request: Request) -> Any:
            return {"parent": 1} if request.schema is Choice else super().content(request)

    names = base_names(60)
    vectors = embed([name.name for name in names])
    numeric = build_tree(vectors, np.ones(60), top_clusters=10)
    found = answered(model_tree(names, vectors, np.ones(60), settings_()), Dice())
    assert {frozenset(group) for group in bases_below(found.tree)} == {
        frozenset(group) for group in bases_below(numeric)
    }


def test_a_failure_half_way_up_keeps_what_is_below() -> None:
    class Tired(Librarian):
        def content(self, request: Request) -> Any:
            tired = any(request.schema is NameAnswer for request in self.requests)
            return "no json" if tired and request.schema is Proposals else super().content(request)

    found = grown(300, Tired(), top=3)
    check(found, 300, 3, np.ones(300))
    lowest = {frozenset(bases_below(found.tree)[node]) for node in found.tree.parents[found.tree.leaf_of_base]}
    assert lowest == {frozenset(range(number, 300, 10)) for number in range(10)}


def test_one_parent_never_swallows_everything() -> None:
    class Glutton(Librarian):
        def content(self, request: Request) -> Any:
            if request.schema is not Choice:
                return super().content(request)
            found = options(request)
            return {"parent": next(number for number, text in found.items() if "parcel" in text)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_levels, "BEYOND_CHANCE", -1e9)
        check(grown(40, Glutton(), top=4), 40, 4, np.ones(40))


def test_what_ask_raises_ends_the_work() -> None:
    def ask(requests: Sequence[Request]) -> Mapping[str, Answer]:
        raise KuraError("kura_max_cost_usd is reached")

    with pytest.raises(KuraError, match="kura_max_cost_usd"):
        grown(60, ask)


@pytest.mark.parametrize("k", [0, 1, 2, 10])
def test_few_base_clusters_are_the_whole_tree_and_nothing_is_asked(k: int) -> None:
    model = Librarian()
    found = grown(k, model)
    assert (found.tree.levels.tolist(), found.names, model.requests) == ([0] * k, base_names(k), [])


class Adversary(Librarian):
    """A model that answers anything: nothing, failures, nonsense, nonsense that fits, and at times what is right."""

    def __init__(self, seed: int, sense: float) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.sense = sense

    def __call__(self, requests: Sequence[Request]) -> Mapping[str, Answer]:
        found = {}
        for request in requests:
            if self.random.random() < self.sense:
                found[request.key] = answer(request, self.content(request))
            elif self.random.random() < 0.8:
                found[request.key] = self.nonsense(request)
        return found

    def nonsense(self, request: Request) -> Answer:
        kind = self.random.randrange(5)
        if kind == 0:
            return Answer(request.key, "failed", None, "refused", "m", 0, 0, 0.0, 1, 0, 0.0)
        if kind == 1:
            return answer(request, self.random.choice(["", "null", "[]", "{}", "{", '{"parents": 1, "parent": "x"}']))
        if request.schema is Choice:
            return answer(request, {"parent": self.random.choice([1, 1, 1, 2, 3, 0, -1, 10**12])})
        proposals = [self.named() for _ in range(self.random.randrange(60))]
        return answer(request, {"parents": proposals} if request.schema is Proposals else self.named())

    def named(self) -> dict[str, str]:
        theme = self.random.choice(THEMES)
        names = [
            "",
            "Other",
            "A",
            "[email]",
            "<<count>>",
            "x" * 300,
            "\x00",
            "Find the parcel 0",
            f"Settle {theme} matters",
        ]
        name = self.random.choice([*names, f"Do {self.random.random()}"])
        return {"name": name, "description": self.random.choice(["", name, "One. Two. Three."]), "slug": name}


@settings(max_examples=60)
@given(
    k=st.integers(0, 130),
    top=st.integers(1, 14),
    seed=st.integers(0, 10**6),
    sense=st.sampled_from([0.0, 0.3, 0.7, 0.95]),
    tail=st.sampled_from([0.4, 1.0, 5.0]),
    believed=st.booleans(),
)
def test_no_model_can_break_the_tree(k: int, top: int, seed: int, sense: float, tail: float, believed: bool) -> None:
    sizes = np.ceil(np.random.default_rng(seed).pareto(tail, k) * 3 + 1)
    with pytest.MonkeyPatch.context() as patch:
        if believed:
            patch.setattr(model_levels, "BEYOND_CHANCE", -1e9)
        check(grown(k, Adversary(seed, sense), top, seed, sizes), k, top, sizes)


def test_a_tree_that_goes_on_is_only_named() -> None:
    ask = Librarian()
    names = base_names(30)
    parents = [30 + base % 10 for base in range(30)] + [40] * 5 + [-1] * 5 + [-1]
    found = answered(model_tree(names, embed([n.name for n in names]), np.ones(30), settings_(), parents), ask)
    assert len(ask.requests) == 11
    assert {request.schema for request in ask.requests} == {NameAnswer}
    groups = {frozenset(group) for group in bases_below(found.tree)}
    assert groups == (
        {frozenset({base}) for base in range(30)}
        | {frozenset({base, base + 10, base + 20}) for base in range(10)}
        | {frozenset(base for base in range(30) if base % 10 < 5)}
    )


# --- clusters that no question may tell of


@pytest.mark.parametrize("inherits", [False, True])
def test_no_question_tells_of_a_hidden_cluster(inherits: bool) -> None:
    k, librarian = 60, Librarian()
    names = [
        name._replace(name=f"Zebra {i}", description=f"Zebra of {name.keyphrases[0]}.", slug=f"zebra_no_{i}")
        if i % 7 == 3
        else name
        for i, name in enumerate(base_names(k))
    ]
    hidden = np.array([name.name.startswith("Zebra") for name in names])
    parents = [k + i % 10 for i in range(k)] + [-1] * 10 if inherits else None
    vectors = embed([f"{name.name} {name.keyphrases[0]}" for name in names])
    found = answered(model_tree(names, vectors, np.ones(k), settings_(), parents, hidden), librarian)
    check(found, k, 10, np.ones(k), names)
    assert librarian.requests
    assert not any("zebra" in f"{request.prompt}".lower() for request in librarian.requests)
    bases = set(found.tree.leaf_of_base.tolist())
    for node, name in enumerate(found.names):
        assert node in bases or "zebra" not in f"{name.name} {name.description} {name.slug} {name.keyphrases}".lower()


def test_a_parent_of_nothing_but_hidden_clusters_has_a_name_that_tells_nothing() -> None:
    names, parents = base_names(6), [6, 6, 6, 7, 7, 7, -1, -1]
    hidden = np.array([True] * 3 + [False] * 3)
    vectors = embed([name.name for name in names])
    librarian = Librarian()
    found = answered(model_tree(names, vectors, np.ones(6), settings_(), parents, hidden), librarian)
    assert {"Various topics"} < {name.name for name in found.names}
    assert len(librarian.requests) == 1


def test_where_everything_is_hidden_nothing_is_asked() -> None:
    names, librarian = base_names(60), Librarian()
    vectors = embed([name.name for name in names])
    found = answered(model_tree(names, vectors, np.ones(60), settings_(), hidden=np.ones(60, bool)), librarian)
    check(found, 60, 10, np.ones(60))
    assert not librarian.requests
    assert len({spoken_key(name.name) for name in found.names}) == len(found.names)
