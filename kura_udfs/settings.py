"""The settings of the stages: what `config.meta` of the Python models says, under the names of the vars, typed.

`dbt_project.yml` has their defaults and meanings, `macros/settings/rules.sql` what each may hold. A stage reads its own
once, and hands on the part that a function needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, Self, TypeVar, get_type_hints

from kura_udfs.errors import KuraError

Settings = TypeVar("Settings")

# The reserved clusters of what fits nowhere, and of what could not be processed, as macros/clusters.sql has them.
OUTLIERS = "outliers"
UNPROCESSED = "unprocessed"


def read_settings(kind: type[Settings], meta: Mapping[str, Any]) -> Settings:
    """Take the settings of one kind, and of the parts it is made of, from all that a model is given.

    Raises
    ------
    KuraError
        If one is missing: then the dbt package and `kura_udfs` are of two versions.
    """
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for entry in fields(kind):  # type: ignore[arg-type]
        if is_dataclass(hints[entry.name]):
            values[entry.name] = read_settings(hints[entry.name], meta)
        elif entry.name in meta:
            values[entry.name] = meta[entry.name]
        elif entry.default is MISSING and entry.default_factory is MISSING:
            raise KuraError(
                f"The setting {entry.name} does not reach kura_udfs: the dbt package Kura and the Python package"
                " kura-udfs must be of the same version."
            )
    return kind(**values)


@dataclass(frozen=True, slots=True)
class RedactionSettings:
    """What is taken out of texts beside what every run takes out."""

    redact_patterns: Mapping[str, str] = field(default_factory=dict)
    """Regular expressions of the user's own, by the names of their placeholders."""
    redact_names: str | None = None
    """The model that finds names of people and addresses; None for none."""

    @property
    def patterns(self) -> str | None:
        """The patterns as JSON; None for none."""
        return json.dumps(dict(self.redact_patterns), sort_keys=True) if self.redact_patterns else None

    def redact(self, text: str) -> str:
        """Redact a text, as those of conversations are before anything is made of them."""
        from kura_udfs.text.redaction import redact

        text = redact(text, self.patterns)
        if not self.redact_names:
            return text
        from kura_udfs.text.redaction.people import redact_names

        return redact_names([text], self.redact_names)[0]


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which language model is asked, where, how, and for how much. The API key shows in no repr."""

    provider: Literal["local", "openai", "cortex"] = "openai"
    llm_model: str = ""
    naming_model: str | None = None
    """None for `llm_model`."""
    openai_base_url: str | None = None
    """None for the environment variable OPENAI_BASE_URL, or else OpenAI itself."""
    api_key: str | None = field(default=None, repr=False)
    """None for the environment variable OPENAI_API_KEY. Servers of one's own often need none."""
    llm_parameters: Mapping[str, Any] = field(default_factory=lambda: {"temperature": 0.0, "seed": 0})
    """Sent with each question, such as ``reasoning_effort``. Those that the server refuses are left out."""
    llm_prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The user's prices; see `llm.prices.price_of`."""
    max_concurrency: int = 50
    """Questions in flight at most."""
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    """Input and output tokens together."""
    max_calls: int | None = None
    """HTTP requests at most, retries included."""
    max_cost_usd: float | None = None
    spent: tuple[int, float] = (0, 0.0)
    """The calls and US dollars that have been taken off the limits already; no setting."""
    timeout: float = 120.0
    """Seconds until an attempt is given up."""
    prompts_path: str | None = None
    """A folder with prompts of the user's own."""
    redaction: RedactionSettings = field(default_factory=RedactionSettings)
    """Of what the model answers."""

    def __post_init__(self) -> None:
        for name, least in (("max_concurrency", 1), ("timeout", 0), ("max_calls", 0), ("max_cost_usd", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise KuraError(f"kura_{name} is {value}, but must be at least {least}.")
        for name in ("requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise KuraError(f"kura_{name} is {value}, but must be above 0; leave it out for no limit of your own.")

    @property
    def namer(self) -> str:
        """The model that names clusters."""
        return self.naming_model or self.llm_model

    def less(self, calls: float, cost_usd: float) -> Self:
        """Return the same with what is left of the limits when so much has been spent."""
        return replace(
            self,
            max_calls=None if self.max_calls is None else max(0, self.max_calls - int(calls)),
            max_cost_usd=None if self.max_cost_usd is None else max(0.0, self.max_cost_usd - cost_usd),
            spent=(self.spent[0] + int(calls), self.spent[1] + cost_usd),
        )


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """Where vectors come from."""

    embedder: Literal["auto", "minilm", "multilingual", "onnx", "lsa", "openai", "cortex"]
    embedder_path: str | None
    embedder_precision: str
    embedding_model: str
    embedding_dimensions: int | None
    cortex_embedding_model: str
    snowflake_functions: str
    """How Kura's functions are called on Snowflake, with NAME for the name."""


@dataclass(frozen=True, slots=True)
class SummarySettings:
    """Of the stage `summaries`."""

    model: ModelSettings
    embedder: EmbedderSettings
    facets: Sequence[Mapping[str, Any]]
    screener: str | None
    llm_batch: bool


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """Of the stage `embeddings`."""

    model: ModelSettings
    embedder: EmbedderSettings


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """What shapes base clusters, besides the texts."""

    clustering_method: str
    clusters_target: int | None
    min_cluster_size: int | None
    seed: int


def cluster_text(cluster_on: str, provider: str) -> str:
    """Return the text that conversations are told apart by; what a model writes is plainer than what users write."""
    return cluster_on if cluster_on != "auto" else ("user_turns" if provider == "local" else "request")


@dataclass(frozen=True, slots=True)
class Lens:
    """One text of the conversations, by which they are told apart in a tree of its own."""

    name: str
    text: str
    is_first: bool = True
    """Whether it is the main one, whose clusters readers see where no lens is named."""
    names: tuple[str, ...] = ()
    """All lenses there are."""

    @property
    def where(self) -> str:
        """Return the condition in SQL on rows of this lens."""
        return f"lens = '{self.name}'"

    @property
    def outliers(self) -> str:
        """The reserved cluster of what fits nowhere, as macros/clusters.sql has it."""
        return OUTLIERS if self.is_first else f"{OUTLIERS}_{self.name}"


@dataclass(frozen=True, slots=True)
class LensSettings:
    """By which texts conversations are told apart."""

    lenses: Literal["auto"] | Mapping[str, Mapping[str, str]]
    provider: str
    cluster_on: str

    def each(self) -> list[Lens]:
        """Return the lenses, the main one first, as macros/lenses.sql has them."""
        if not isinstance(self.lenses, str):
            texts = {name: lens["text"] for name, lens in self.lenses.items()}
        elif self.provider != "local" and self.cluster_on == "auto":
            texts = {"request": "request", "issue": "issue"}
        else:
            texts = {"conversation": cluster_text(self.cluster_on, self.provider)}
        return [Lens(name, text, place == 0, tuple(texts)) for place, (name, text) in enumerate(texts.items())]


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Of the stage `fit`."""

    clusters: ClusterSettings
    top_clusters: int
    refit: Literal["auto", "never", "always"]
    provider: str

    def text(self, lens: Lens) -> str:
        """Return what conversations are told apart by, and who wrote it."""
        return lens.text if lens.text == "user_turns" else f"{lens.text} by {self.provider}"


@dataclass(frozen=True, slots=True)
class TaxonomySettings:
    """What embeds the topics of a taxonomy."""

    model: ModelSettings
    embedder: EmbedderSettings


@dataclass(frozen=True, slots=True)
class NameSettings:
    """Of the stage `names`."""

    model: ModelSettings
    embedder: EmbedderSettings
    top_clusters: int
    min_published_conversations: int
    min_published_users: int
    seed: int


@dataclass(frozen=True, slots=True)
class MapSettings:
    """Of the stage `map`."""

    lens: LensSettings
    seed: int


@dataclass(frozen=True, slots=True)
class EstimateSettings(SummarySettings):
    """What `kura estimate` must know besides to tell what a run will ask."""

    transcript_tokens: int
    lens: LensSettings
    clusters_target: int | None
    top_clusters: int
    taxonomy: str | None


@dataclass(frozen=True, slots=True)
class EvaluateSettings:
    """What `kura evaluate` must know to embed names and to fit again as the build did."""

    model: ModelSettings
    embedder: EmbedderSettings
    clusters: ClusterSettings
    top_clusters: int
