"""What a run with a language model will ask and cost, from the transcripts and answers that are in the warehouse."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pydantic

from kura_udfs.clustering.taxonomy import LIKELY
from kura_udfs.llm.openai import structured
from kura_udfs.llm.openai.embeddings import MOST_TEXTS
from kura_udfs.llm.prices import BATCH_SHARE, Usage, cost_usd, price_of
from kura_udfs.prompting import audit as model_audit
from kura_udfs.prompting import facets, prompts
from kura_udfs.prompting import levels as model_levels
from kura_udfs.prompting import names as model_names
from kura_udfs.prompting import summaries as model_summaries
from kura_udfs.prompting.questions import LanguageModel
from kura_udfs.settings import EstimateSettings
from kura_udfs.stages.taxonomy_check import MOST_ASKED
from kura_udfs.text.tokens import count_tokens

NEEDED = ("int_kura__transcripts",)
WANTED = ("int_kura__cluster_names", "kura_llm_responses", "kura_llm_batches", "kura_embedding_responses")
NO_TRANSCRIPTS = (
    "There are no transcripts to count yet. Make them, which sends nothing:"
    " dbt build --select +int_kura__transcripts --indirect-selection buildable (with the same --vars)."
)
TOKENS_PER_WORD = 1.25
TOKENS_AROUND_A_VALUE = 5
"""A facet's name and punctuation."""
TOKENS_PER_TURN = 2.3
"""The role before each message of a transcript."""
TOKENS_AROUND_A_CALL = 10
"""What a server adds to the messages."""
CLUSTERS_PER_ROOT = 2.0
"""Base clusters per square root of the number of texts: 1.3 on the bundled sample, 2.3 on 560 docs questions."""
PHRASES_PER_CLUSTER = 40
LABEL_TOKENS = 55
"""Of a name with its two sentences."""
TOKENS_OF_A_TOPIC = 10.0
"""Of an answer that names one."""
SAMPLED_TEXTS = 2000
MOST_ANSWERS_READ = 1000
LEAST_ANSWERS = 20
"""As many stored answers tell how long the next ones will be."""


class StageEstimate(NamedTuple):
    """What one stage will ask."""

    stage: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """None where the price of the model is not known."""


class Estimate(NamedTuple):
    """What a run will ask, and what it was told from."""

    stages: list[StageEstimate]
    conversations: int
    transcripts: int
    """Distinct ones that are not empty."""
    answered: int
    """Those of them whose summary is paid for already."""
    waiting: int
    """Those of them in a batch that is not collected yet."""
    notes: list[str]


class _Known(NamedTuple):
    """Questions of one kind about the transcripts: how many are left to ask, with how many tokens."""

    left: int
    tokens: float
    answered: int
    waiting: int
    output_tokens: float | None
    """Of an answer, on average; None if too few are stored."""


def estimate_run(connection: Any, settings: EstimateSettings) -> Estimate:
    """Estimate the next run.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        That knows the models of `NEEDED`, and those of `WANTED` which are built, by their names; it is only read.
    settings : EstimateSettings
        Out of the `config.meta` of int_kura__summaries in dbt's manifest.

    Raises
    ------
    KuraError
        If a setting is wrong.
    """
    warehouse = _Warehouse(connection, settings)
    stages: list[StageEstimate] = []
    notes: list[str] = []
    known, to_embed = _Known(0, 0.0, 0, 0, None), float(warehouse.transcripts)
    if settings.model.provider == "openai":
        known, to_embed = _ask_transcripts(warehouse, stages, notes)
    if settings.embedder.embedder == "openai":
        stages.append(_embeddings(warehouse, to_embed, known.left if settings.model.provider == "openai" else None))
    if settings.model.provider == "openai":
        model = settings.model.namer
        if sum(stage.calls for stage in stages):
            if settings.taxonomy:
                stages.append(_priced(settings, "fit", settings.model.llm_model, *_topics(warehouse, to_embed)))
                notes.append(
                    "fit: at most, if clusters are fitted again: texts at the border of topics of your taxonomy"
                )
            stages.append(_priced(settings, "names", model, *_names(warehouse, to_embed)))
            notes.append("names: if clusters are fitted again; they keep their names until then")
        else:
            stages.append(_priced(settings, "names", model, 0, 0, 0))
        effort = settings.model.llm_parameters.get("reasoning_effort")
        if effort not in (None, "none"):
            notes.append(f"the model's reasoning (reasoning_effort: {effort}) is output too and comes on top")
    if known.waiting:
        notes.append(f"{known.waiting:,} questions are in a batch that is not collected yet; they are paid for")
    return Estimate(stages, warehouse.conversations, warehouse.transcripts, known.answered, known.waiting, notes)


def _ask_transcripts(warehouse: _Warehouse, stages: list[StageEstimate], notes: list[str]) -> tuple[_Known, float]:
    """Add the stages that ask about each transcript; return what is open, and how many get a summary in all."""
    settings = warehouse.settings
    asked = [*facets.BUILT_IN, *facets.user_facets(settings.facets)]
    templates = prompts.load_prompts(settings.model.prompts_path)
    model = LanguageModel(settings.model.llm_model, settings.model.llm_parameters)
    recipe = model_summaries.summary_recipe(asked, templates["summary"], model)
    share = BATCH_SHARE if settings.llm_batch else 1.0
    where, of_unscreened, matching = "true", 0.0, 1.0
    if settings.screener:
        screening = model_summaries.screener_recipe(settings.screener, templates["screener"], model)
        screener = warehouse.open_questions(screening)
        [sample] = model_summaries.screener_requests([("", "")], settings.screener, templates["screener"], model)
        around = _around(sample.prompt, sample.schema)
        asking = screener.tokens + around * screener.left
        stages.append(_priced(settings, "screener", model.name, screener.left, asking, 10 * screener.left, share))
        where = f"{_key(screening)} in ({warehouse.matching()})"
        if screener.answered:
            matching = warehouse.count(where) / screener.answered
        of_unscreened = matching * screener.left
        if screener.left:
            notes.append(
                f"summaries: as {matching:.0%} of those screened so far match"
                if screener.answered
                else "summaries: at most, if all conversations match the screener"
            )
    known = warehouse.open_questions(recipe, where)
    open_count = known.left + of_unscreened
    open_tokens = known.tokens
    if of_unscreened:
        open_tokens += matching * screener.tokens
    [sample] = model_summaries.summary_requests([("", "")], asked, templates["summary"], model)
    around = _around(sample.prompt, sample.schema)
    output = known.output_tokens or sum(_answer_tokens(facet) for facet in asked)
    use = math.ceil(open_count), open_tokens + around * open_count, output * open_count
    stages.append(_priced(settings, "summaries", model.name, *use, share))
    return known._replace(left=math.ceil(open_count)), open_count + known.answered + known.waiting


class _Warehouse:
    """What is in the warehouse: transcripts, and answers to questions about them."""

    def __init__(self, connection: Any, settings: EstimateSettings) -> None:
        self.settings = settings
        self._connection = connection
        self._tables = {row[0] for row in connection.execute("select view_name from duckdb_views()").fetchall()}
        # the words of what was cut are not counted again: what is left fills the budget
        self._distinct = (
            "(select content_hash, min(transcript) as transcript, min(user_turns) as user_turns,"
            f" min(least(token_count, {settings.transcript_tokens}) + {TOKENS_PER_TURN} * turn_count) as tokens"
            " from int_kura__transcripts where not is_empty group by 1)"
        )
        self.conversations: int = self._one("select count(*) from int_kura__transcripts")
        self.transcripts = self.count("true")

    def count(self, where: str) -> int:
        """Count the distinct transcripts of which something is so."""
        return int(self._one(f"select count(*) from {self._distinct} where {where}"))

    def open_questions(self, recipe: str, where: str = "true") -> _Known:
        """Tell apart what is answered, what waits in a batch and what is open."""
        key = _key(recipe)
        answered = f"{key} in ({self._answers()})"
        waiting = f"not {answered} and {key} in ({self._keys('kura_llm_batches', 'collected_at is null')})"
        count, tokens = self._connection.execute(
            f"select count(*), coalesce(sum(tokens), 0) from {self._distinct}"
            f" where {where} and not {answered} and not ({waiting})"
        ).fetchall()[0]
        return _Known(
            count,
            float(tokens),
            self.count(f"{where} and {answered}"),
            self.count(f"{where} and {waiting}"),
            self._output_tokens(key),
        )

    def matching(self) -> str:
        """Return the query for the keys of what the screener let pass."""
        return self._keys("kura_llm_responses", "status = 'ok' and content like '%true%'")

    def texts(self) -> list[str]:
        """Return a sample of the texts that are clustered by, where these are no model's."""
        rows = self._connection.execute(
            f"select user_turns from {self._distinct} order by md5(user_turns) limit {SAMPLED_TEXTS}"
        ).fetchall()
        return [row[0] for row in rows]

    def unpaid_texts(self, encoder_id: str) -> int:
        """Count the distinct user turns that have no paid vector."""
        key = f"sha256('{encoder_id}:' || trim(user_turns))"
        paid = self._keys("kura_embedding_responses", "true")
        return int(
            self._one(f"select count(distinct trim(user_turns)) from {self._distinct} where {key} not in ({paid})")
        )

    def leaves(self) -> int:
        """Count the base clusters that a lens of the last build has."""
        if "int_kura__cluster_names" not in self._tables:
            return 0
        leaves = self._one("select count(*) from int_kura__cluster_names where is_leaf")
        return math.ceil(leaves / len(_texts_of(self.settings)))

    def _answers(self) -> str:
        return self._keys("kura_llm_responses", "status = 'ok'")

    def _output_tokens(self, key: str) -> float | None:
        if "kura_llm_responses" not in self._tables:
            return None
        count, mean = self._connection.execute(
            "select count(*), avg(output_tokens) from (select output_tokens from kura_llm_responses"
            f" where status = 'ok' and key in (select {key} from {self._distinct}) limit {MOST_ANSWERS_READ})"
        ).fetchall()[0]
        return float(mean) if count >= LEAST_ANSWERS else None

    def _keys(self, table: str, where: str) -> str:
        if table not in self._tables:
            return "select '' where false"
        return f"select key from {table} where {where}"

    def _one(self, sql: str) -> Any:
        return self._connection.execute(sql).fetchall()[0][0]


def _key(recipe: str) -> str:
    """`prompting.summaries.answer_key` in SQL."""
    return f"sha256('{recipe}:' || content_hash)"


def _embeddings(warehouse: _Warehouse, texts: float, new_summaries: int | None) -> StageEstimate:
    from kura_udfs.llm.paid_vectors import encoder_id

    settings = warehouse.settings
    calls, tokens = 0, 0.0
    for text in _texts_of(settings):
        if text == "user_turns":
            sample = warehouse.texts()
            count = min(warehouse.unpaid_texts(encoder_id(settings.embedder)), math.ceil(texts))
            each = sum(map(count_tokens, sample)) / max(len(sample), 1)
        else:
            count, each = new_summaries or 0, _written_tokens(text)
        phrases = PHRASES_PER_CLUSTER * _base_clusters(warehouse, texts) if count else 0
        calls += math.ceil(count / MOST_TEXTS) + (2 if phrases else 0)
        tokens += count * each + 3 * phrases
    return _priced(settings, "embeddings", settings.embedder.embedding_model, calls, tokens, 0)


def _names(warehouse: _Warehouse, texts: float) -> tuple[int, float, float]:
    """Return calls, input and output tokens of names and levels in all lenses, as if each had all conversations."""
    calls, input_tokens, output_tokens = 0, 0.0, 0.0
    for text in _texts_of(warehouse.settings):
        more = _names_over(warehouse, text, texts)
        calls, input_tokens, output_tokens = calls + more[0], input_tokens + more[1], output_tokens + more[2]
    return calls, input_tokens, output_tokens


def _names_over(warehouse: _Warehouse, text: str, texts: float) -> tuple[int, float, float]:
    settings = warehouse.settings
    templates = prompts.load_prompts(settings.model.prompts_path)
    around = {name: count_tokens(template.system + template.user) + 150 for name, template in templates.items()}
    bases = _base_clusters(warehouse, texts)
    if not bases:
        return 0, 0, 0
    each = 3 + _shown_tokens(warehouse, text)
    shown = min(model_names.MAX_SHOWN, texts / bases) + min(model_names.MAX_SHOWN, texts - texts / bases)
    calls, input_tokens, output_tokens = bases, bases * (around["cluster_name"] + shown * each), bases * 75.0
    names = bases
    width, levels_left, top = bases, 3, max(settings.top_clusters, 2)
    while width > top and levels_left:
        wanted, _ = model_levels.plan(width, top, levels_left)
        rounds = 1 if width <= 1.5 * model_levels.NEIGHBOURHOOD else 2  # proposals, and their merging
        lists = rounds * max(1, round(width / model_levels.NEIGHBOURHOOD))
        options = min(wanted, model_levels.MAX_OPTIONS)
        calls += lists + width + wanted
        input_tokens += lists * around["propose_parents"] + rounds * width * LABEL_TOKENS
        input_tokens += width * (around["assign_parent"] + (1 + options) * LABEL_TOKENS)
        input_tokens += wanted * around["rename_parent"] + width * LABEL_TOKENS
        output_tokens += rounds * wanted * LABEL_TOKENS + 5 * width + 75 * wanted
        names += wanted
        width, levels_left = wanted, levels_left - 1
    # the audit: base clusters first, then those above; what it has renamed is not foreseen
    audits = math.ceil(bases / model_audit.NAMES_PER_QUESTION)
    audits += math.ceil((names - bases) / model_audit.NAMES_PER_QUESTION)
    calls += audits
    input_tokens += audits * around["audit_names"] + names * LABEL_TOKENS
    output_tokens += 12.0 * names
    return calls, input_tokens, output_tokens


def _topics(warehouse: _Warehouse, texts: float) -> tuple[int, float, float]:
    """Return calls, input and output tokens of the questions about texts at the border of a taxonomy's topics."""
    settings = warehouse.settings
    template = prompts.load_prompts(settings.model.prompts_path)["choose_topic"]
    calls = int(MOST_ASKED * texts)
    shown = _shown_tokens(warehouse, _texts_of(settings)[0])
    around = count_tokens(template.system + template.user) + LIKELY * LABEL_TOKENS + TOKENS_AROUND_A_CALL
    return calls, calls * (around + shown), calls * TOKENS_OF_A_TOPIC


def _base_clusters(warehouse: _Warehouse, texts: float) -> int:
    target: int | None = warehouse.settings.clusters_target
    return int(min(target or warehouse.leaves() or CLUSTERS_PER_ROOT * math.sqrt(texts), texts))


def _shown_tokens(warehouse: _Warehouse, text: str) -> float:
    if text != "user_turns":
        return _written_tokens(text)
    sample = warehouse.texts()
    return sum(min(count_tokens(text), model_names.TEXT_TOKENS) for text in sample) / max(len(sample), 1)


def _texts_of(settings: EstimateSettings) -> list[str]:
    """Return the texts that conversations are told apart by, of each lens one."""
    return [lens.text for lens in settings.lens.each()]


def _written_tokens(text: str) -> float:
    """Return about how long a facet is that is clustered by."""
    [facet] = [facet for facet in facets.BUILT_IN if facet.name == text]
    return _answer_tokens(facet) - TOKENS_AROUND_A_VALUE


def _answer_tokens(facet: facets.Facet) -> float:
    """Return about how many tokens a model writes for a facet."""
    if facet.kind == "list":
        value = 8.0
    elif facet.kind == "text":
        # most of what may be null is
        value = TOKENS_PER_WORD * (facet.max_words or 30) if not facet.nullable else 4.0
    else:
        value = 2.0
    return value + TOKENS_AROUND_A_VALUE


def _around(prompt: Sequence[str], schema: type[pydantic.BaseModel]) -> float:
    """Return the tokens of a question besides the transcript."""
    described = json.dumps(structured.strict_schema(schema))
    return sum(map(count_tokens, prompt)) + count_tokens(described) + TOKENS_AROUND_A_CALL


def _priced(
    settings: EstimateSettings,
    stage: str,
    model: str,
    calls: int,
    input_tokens: float,
    output_tokens: float,
    share: float = 1.0,
) -> StageEstimate:
    price = price_of(model, settings.model.llm_prices)
    used = Usage(round(input_tokens), round(output_tokens))
    cost = None if price is None else cost_usd(price, used) * share
    return StageEstimate(stage, model, calls, used.input_tokens, used.output_tokens, cost)
