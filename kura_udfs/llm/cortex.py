"""Questions to the language models in Snowflake: asked by SQL, answered by the engine, kept as they arrive.

AI_COMPLETE with `show_details` and `return_error_details` gives, for every row and without failing the others,
either an answer with its tokens or an error.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import pyarrow as pa

from kura_udfs.account import Account, Spent
from kura_udfs.errors import KuraError
from kura_udfs.llm.breaker import Breaker
from kura_udfs.llm.prices import Price, price_of
from kura_udfs.llm.requests import Answer, Request
from kura_udfs.llm.stores import Responses
from kura_udfs.progress import Progress
from kura_udfs.settings import EmbeddingSettings, ModelSettings
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.sql import literal

DIMENSIONS = {
    "snowflake-arctic-embed-m-v1.5": 768,
    "snowflake-arctic-embed-m": 768,
    "e5-base-v2": 768,
    "snowflake-arctic-embed-l-v2.0": 1024,
    "snowflake-arctic-embed-l-v2.0-8k": 1024,
    "nv-embed-qa-4": 1024,
    "multilingual-e5-large": 1024,
    "voyage-multilingual-2": 1024,
}
"""Length of the vectors of each model that AI_EMBED knows."""
_WINDOWS = {"snowflake-arctic-embed-l-v2.0-8k": 8192, "voyage-multilingual-2": 32_000}
_WINDOW = 512
# tokens are estimated: in German, French and Spanish the estimate is up to 30 % below those of these models
_SURE_SHARE = 0.6

# A statement that is cancelled loses its answers, and they are paid: the first is small, to learn what a row costs.
FIRST_ROWS = 200
MOST_ROWS = 20_000
# Of questions that the procedure writes itself: what has come of the first tells what the others will cost.
FIRST_QUESTIONS = 20
MOST_QUESTIONS = 200
QUESTIONS_READ = 500
PROMPTS_PER_INSERT = 50  # some kilobytes each, which travel with the statement
_PARAMETERS = ("temperature", "top_p", "guardrails")


def embed_sql(model: str, text: str) -> str:
    """Return the expression that gives the vector of a text, of length 1 or not, as the model has it."""
    return f"ai_embed({literal(model)}, {text})"


def dimensions_of(model: str) -> int:
    """Return how long the vectors of a model are.

    Raises
    ------
    KuraError
        For a model whose vectors have no length known here.
    """
    if model not in DIMENSIONS:
        raise KuraError(f"kura_cortex_embedding_model is {model!r}: it can be {', '.join(DIMENSIONS)}.")
    return DIMENSIONS[model]


def embedding_tokens(model: str) -> int:
    """Return to how many tokens a text must be cut: a longer one than the window fails, with all of its statement."""
    return int(_WINDOWS.get(model, _WINDOW) * _SURE_SHARE)


def complete_sql(model: str, prompt: str, schema: Mapping[str, Any], parameters: Mapping[str, Any], room: int) -> str:
    """Return the expression that asks a model for JSON of a schema; `prompt` is an expression too."""
    sent = {name: parameters[name] for name in _PARAMETERS if parameters.get(name) is not None}
    return (
        f"ai_complete(model => {literal(model)}, prompt => {prompt},"
        f" model_parameters => {literal({**sent, 'max_tokens': room})},"
        f" response_format => {literal({'type': 'json', 'schema': closed_schema(schema)})},"
        " show_details => true, return_error_details => true)"
    )


def closed_schema(schema: Any) -> Any:
    """Return a JSON schema as every model takes it: GPT wants each object closed and each of its fields required.

    What AI_COMPLETE does not know as a keyword is left out; the answers are validated anyway.
    """
    if isinstance(schema, list):
        return [closed_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        key: {name: closed_schema(each) for name, each in value.items()} if key in _NAMED else closed_schema(value)
        for key, value in schema.items()
        if key in _KEYWORDS
    }
    if closed.get("type") == "object":
        closed |= {"additionalProperties": False, "required": list(closed.get("properties", {}))}
    return closed


_NAMED = ("properties", "$defs")
_KEYWORDS = frozenset({"type", "items", "enum", "anyOf", "allOf", "description", "$ref", *_NAMED})


def answer_columns(
    asked: str, model: str, prices: Mapping[str, Mapping[str, float]], redact: Callable[[str], str] | None = None
) -> dict[str, str]:
    """Return the columns of `kura_llm_responses` as expressions over what `complete_sql` gave.

    `redact` makes of an expression the one without personal data, for an answer that nothing but the engine sees.
    """
    content = (
        f"coalesce(to_json({asked}:value:structured_output[0]:raw_message),"
        f" cast({asked}:value:choices[0]:messages as varchar))"
    )
    tokens = {
        "input_tokens": f"coalesce(cast({asked}:value:usage:prompt_tokens as bigint), 0)",
        "output_tokens": f"coalesce(cast({asked}:value:usage:completion_tokens as bigint), 0)",
    }
    price: Price | None = price_of(model, prices)
    cost = (
        "null"
        if price is None
        else (f"({tokens['input_tokens']} * {price.input!r} + {tokens['output_tokens']} * {price.output!r}) / 1e6")
    )
    return {
        "status": f"case when {content} is null then 'failed' else 'ok' end",
        "content": redact(content) if redact else content,
        "error": f"case when {content} is null then 'cortex: '"
        f" || left(coalesce(cast({asked}:error as varchar), 'no answer'), 200) end",
        "model": literal(model),
        **tokens,
        "cost_usd": f"cast({cost} as double)",
        "calls": "1",
        "retries": "0",
        "seconds": "cast(null as double)",
    }


class Question(NamedTuple):
    """What is asked of every row of a query.

    Attributes
    ----------
    relation : str
        The query; its rows are those that may still have to be asked about.
    key, subject, asked : str
        Expressions over its columns: the key of the answer, what goes together with it, and what `complete_sql` gave.
    redact : callable
        As in `answer_columns`.
    """

    relation: str
    key: str
    subject: str
    asked: str
    redact: Callable[[str], str]


class Asked(NamedTuple):
    """What was asked of the rows of a query.

    Attributes
    ----------
    table : str
        A temporary table of the query's columns and `key`.
    failed : int
        How many rows have no answer.
    """

    table: str
    failed: int


def ask_of_rows(
    warehouse: Snowflake,
    settings: ModelSettings,
    responses: Responses,
    account: Account,
    progress: Progress,
    question: Question,
) -> Asked:
    """Ask one question of every row of a query and keep the answers, some thousands of rows a statement.

    Parameters
    ----------
    warehouse : Snowflake
    settings : ModelSettings
        Name the model, prices and limits.
    responses : Responses
        Where the answers are kept.
    account : Account
    progress : Progress
    question : Question

    Raises
    ------
    KuraError
        When `kura_max_calls` or `kura_max_cost_usd` would be passed, or too many questions fail; what has been
        answered is kept.
    """
    table = warehouse.temporary("kura_asked")
    # once, in the order in which it is asked about: what is open comes first, and a slice is read from where it lies
    warehouse.execute(
        f"create temporary table {table} as select *, row_number() over (order by is_answered, key) as place from"
        f" (select *, {question.key} as key, {question.key} in ({responses.settled()}) as is_answered"
        f" from ({question.relation}) as given) as keyed order by place"
    )
    total = warehouse.query(f"select count(*) as n from {table} where not is_answered")["n"][0].as_py()
    progress.start(total)
    done, before, breaker = 0, account.of_this_run(), Breaker(settings.llm_model)
    while done < total:
        wanted = min(MOST_ROWS if done else FIRST_ROWS, total - done)
        rows = affordable(settings, account.of_this_run(), wanted, done, before)
        started = time.monotonic()
        part = f"{table} where place > {done} and place <= {done + rows}"
        spent, failed_for = _ask_slice(warehouse, settings, responses, question, part)
        account.book(spent)
        breaker.note(int(spent.calls) - failed_for.total(), failed_for)
        done += rows
        progress.advance(rows, f"{rows / max(time.monotonic() - started, 1e-3):,.0f}/s")
    answered = f"select key from {responses.table} where status = 'ok'"
    count_failed = f"select count(*) as n from {table} where not is_answered and key not in ({answered})"
    return Asked(table, warehouse.query(count_failed)["n"][0].as_py())


def _ask_slice(
    warehouse: Snowflake,
    settings: ModelSettings,
    responses: Responses,
    question: Question,
    rows: str,
) -> tuple[Spent, Counter[str]]:
    """Ask about some rows and keep the answers; return what they have cost, and why how many have failed."""
    columns = answer_columns("asked", settings.llm_model, settings.llm_prices, question.redact)
    slice_, answers = warehouse.temporary("kura_slice"), warehouse.temporary("kura_answers")
    # on its own first: several columns come of an answer, and nothing promises that it is asked for only once
    warehouse.execute(
        f"create temporary table {slice_} as"
        f" select key, {question.subject} as subject, {question.asked} as asked from {rows}"
    )
    selected = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    warehouse.execute(f"create temporary table {answers} as select key, subject, {selected} from {slice_}")
    names = f"key, subject, {', '.join(columns)}"
    warehouse.execute(
        f"insert into {responses.table} ({names}, answered_at)"
        f" select {names}, cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz) from {answers}"
    )
    outcomes = warehouse.query(
        "select coalesce(error, '') as error, count(*) as calls, coalesce(sum(input_tokens), 0) as input_tokens,"
        " coalesce(sum(output_tokens), 0) as output_tokens, coalesce(sum(cost_usd), 0) as cost_usd"
        f" from {answers} group by 1"
    ).to_pylist()
    for each in (slice_, answers):
        warehouse.execute(f"drop table {each}")
    spent, failed_for = Spent(), Counter[str]()
    for outcome in outcomes:
        error, calls = outcome.pop("error"), outcome["calls"]
        spent.add(Spent(**{name: float(figure) for name, figure in outcome.items()}))
        if error:
            failed_for[error] += int(calls)
    return spent, failed_for


def affordable(settings: ModelSettings, spent: Spent, rows: int, done: int, before: Spent) -> int:
    """Return how many of the rows may still be asked about, when `done` of them have been since `before`."""
    left = float(rows)
    if settings.max_calls is not None:
        left = min(left, settings.max_calls - spent.calls)
    if settings.max_cost_usd is not None and done:
        each = (spent.cost_usd - before.cost_usd) / done
        left = min(left, (settings.max_cost_usd - spent.cost_usd) / each if each else left)
    elif settings.max_cost_usd is not None and spent.cost_usd >= settings.max_cost_usd:
        left = 0
    if left < 1:
        raise KuraError(
            f"This run has made {spent.calls:,.0f} calls for ${spent.cost_usd:,.4f}, and one more would pass"
            " kura_max_calls or kura_max_cost_usd. What was answered is kept: raise the limit and run again."
        )
    return int(left)


def embedding_cost(settings: EmbeddingSettings, rows: int, tokens: float) -> Spent:
    """Return what vectors of so many texts come to; AI_EMBED doesn't say it, and bills the tokens that went in."""
    price = price_of(settings.embedder.cortex_embedding_model, settings.model.llm_prices)
    return Spent(rows, input_tokens=tokens, cost_usd=tokens * price.input / 1e6 if price else 0.0)


def answers_by(warehouse: Snowflake) -> Callable[..., Iterator[Answer]]:
    """Return what answers requests as `llm.openai.client.answers` does, through the session instead of over HTTP."""

    def answers(
        requests: Iterable[Request], settings: ModelSettings, on_progress: Callable[[object], object]
    ) -> Iterator[Answer]:
        spent, done, waiting = Spent(), 0, iter(requests)
        while batch := list(islice(waiting, QUESTIONS_READ)):
            for alike in _alike(batch):
                while alike:
                    wanted = min(MOST_QUESTIONS if done else FIRST_QUESTIONS, len(alike))
                    rows = affordable(settings, spent, wanted, done, Spent())
                    for answer in _answers(warehouse, settings, alike[:rows]):
                        spent.add(answer)
                        yield answer
                    alike, done = alike[rows:], done + rows
                    on_progress(None)

    return answers


def _alike(requests: Iterable[Request]) -> list[list[Request]]:
    """Return the requests that one statement can ask: of one model, one schema and one length of answers."""
    groups: dict[tuple[Any, ...], list[Request]] = {}
    for request in requests:
        groups.setdefault((request.model, request.schema, request.max_output_tokens), []).append(request)
    return list(groups.values())


def _answers(warehouse: Snowflake, settings: ModelSettings, alike: Sequence[Request]) -> list[Answer]:
    """Ask questions of one schema in one statement."""
    [first, *_], started = alike, time.monotonic()
    schema = first.schema.model_json_schema()
    asked = complete_sql(first.model, "prompt", schema, settings.llm_parameters, first.max_output_tokens)
    columns = answer_columns("asked", first.model, settings.llm_prices)
    prompts, answers = warehouse.temporary("kura_prompts"), warehouse.temporary("kura_asked")
    warehouse.execute(f"create temporary table {prompts} (place bigint, prompt varchar)")
    for start in range(0, len(alike), PROMPTS_PER_INSERT):
        texts = [f"{each.prompt.system}\n\n{each.prompt.user}" for each in alike[start : start + PROMPTS_PER_INSERT]]
        places = pa.array(range(start, start + len(texts)), pa.int64())
        warehouse.insert(prompts, pa.table({"place": places, "prompt": pa.array(texts, pa.string())}))
    warehouse.execute(f"create temporary table {answers} as select place, {asked} as asked from {prompts}")
    selected = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    found = (
        warehouse.query(f"select place, {selected} from {answers}").sort_by("place").drop_columns("place").to_pylist()
    )
    for each in (prompts, answers):
        warehouse.execute(f"drop table {each}")
    seconds = (time.monotonic() - started) / len(alike)
    return [
        Answer(**{**row, "key": request.key, "subject": request.subject, "seconds": seconds})
        for request, row in zip(alike, found, strict=True)
    ]
