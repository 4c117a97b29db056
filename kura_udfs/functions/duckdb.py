"""The dbt-duckdb plugin (`kura_udfs.functions.duckdb`): makes Kura's functions callable from SQL."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any, TypeAlias

import pyarrow as pa
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import CatalogException, DuckDBPyConnection

from kura_udfs.clustering.partitions import NO_HDBSCAN
from kura_udfs.errors import KuraError
from kura_udfs.functions import compacting, database_file, files, private_files, publishing, rows, searching
from kura_udfs.functions.rows import contents_json, messages_json, timestamp, tool_calls_json
from kura_udfs.functions.text_recipe import text_recipe
from kura_udfs.naming import persons
from kura_udfs.text import languages, mails, messages, redaction, said, summaries, tokens
from kura_udfs.text.messages import typed
from kura_udfs.text.redaction import people
from kura_udfs.vectors import encoders

Column: TypeAlias = pa.ChunkedArray


class Plugin(BasePlugin):
    """Registers the `kura_*` functions on the connection that dbt opens; every cursor and test sees them.

    They take and return Arrow columns, which DuckDB hands over 2,048 rows at a time; NULL gives NULL.
    """

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Say what is wrong with the file before DuckDB opens it; what it makes is for nobody else to read."""
        if problem := database_file.problem(creds.path):
            raise RuntimeError(f"The database can't be opened: {problem}")
        private_files.begin(creds.path)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        private_files.end()
        # dbt opens a database a second time where what it attaches has failed, and shows what goes wrong then
        if _has_functions(conn):
            return
        creds = getattr(self, "creds", None)
        _let_postgres_take_all_texts(conn)
        _add_functions_of_columns(conn)
        _add_modes(conn, getattr(creds, "path", ":memory:"))
        _add_answers(conn, getattr(creds, "settings", None) or {})


def _has_functions(conn: DuckDBPyConnection) -> bool:
    try:
        conn.execute("select kura_version()")  # to look through all functions takes DuckDB twenty times as long
    except CatalogException:
        return False
    return True


def _let_postgres_take_all_texts(conn: DuckDBPyConnection) -> None:
    """Leave out the characters of code 0 that somebody's text has: one of them would stop every run to come."""
    # to set it where the extension is not loaded would load it; the profile's settings don't reach Python models
    if conn.execute("select 1 from duckdb_settings() where name = 'pg_null_byte_replacement'").fetchall():
        conn.execute("set global pg_null_byte_replacement = ''")


def _add_functions_of_columns(conn: DuckDBPyConnection) -> None:
    functions: list[tuple[str, Callable[..., Any], list[str], str]] = [
        ("kura_parse_messages", parsed_as_json, ["VARCHAR"], "VARCHAR"),
        ("kura_plain_json", plain_json, ["VARCHAR"], "VARCHAR"),
        ("kura_timestamp", timestamps, ["VARCHAR", "VARCHAR"], "VARCHAR"),
        ("kura_content_text", content_text, ["VARCHAR"], "VARCHAR"),
        ("kura_parse_content", contents_as_json, ["VARCHAR", "VARCHAR"], "VARCHAR"),
        ("kura_tool_calls", tool_calls_as_json, ["VARCHAR"], "VARCHAR"),
        ("kura_plain_text", plain_texts, ["VARCHAR", "VARCHAR"], "VARCHAR"),
        ("kura_own_words", own_words, ["VARCHAR"], "VARCHAR"),
        ("kura_has_words", have_words, ["VARCHAR"], "BOOLEAN"),
        ("kura_redact", redacted, ["VARCHAR", "VARCHAR"], "VARCHAR"),
        ("kura_redact_names", without_names, ["VARCHAR", "VARCHAR"], "VARCHAR"),
        ("kura_suspects", possible_names, ["VARCHAR"], "VARCHAR"),
        ("kura_spoken_words", spoken_words, ["VARCHAR"], "VARCHAR"),
        ("kura_token_count", token_counts, ["VARCHAR"], "BIGINT"),
        ("kura_truncate", truncated, ["VARCHAR", "BIGINT"], "VARCHAR"),
        ("kura_embed", embedded, ["VARCHAR"], "FLOAT[]"),
        ("kura_language", languages_of, ["VARCHAR"], "VARCHAR"),
    ]
    for name, function, parameters, returns in functions:
        # "special" because otherwise a function may not answer a value with NULL
        conn.create_function(  # type: ignore[call-overload]
            name, function, parameters, returns, type="arrow", null_handling="special"
        )
    conn.create_function(
        "kura_query_vector", searching.query_vector, ["VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR[]"], "FLOAT[]"
    )


def _add_modes(conn: DuckDBPyConnection, path: str) -> None:
    modes: list[tuple[str, Callable[[], bool]]] = [
        ("kura_begin_private_files", lambda: private_files.begin(path)),
        ("kura_end_private_files", private_files.end),
    ]
    for name, change in modes:
        conn.create_function(name, change, [], "BOOLEAN", side_effects=True)


def _add_answers(conn: DuckDBPyConnection, settings: Mapping[str, Any]) -> None:
    members = files.ZipMembers()
    conn.register_filesystem(members)

    # these ask the database that they are called from: through a cursor of their own, set as dbt's are
    def found_files(name: str) -> str:
        with set_cursor(conn, settings) as cursor:
            return found_or_problem(cursor, members, name)

    def problem_of(name: str, query: str) -> str | None:
        with set_cursor(conn, settings) as cursor:
            return files.problem_of(cursor, name, query)

    answers: list[tuple[str, Callable[..., str | None], list[str]]] = [
        ("kura_find_files", found_files, ["VARCHAR"]),
        ("kura_problem_of", problem_of, ["VARCHAR", "VARCHAR"]),
        ("kura_encoder_problem", encoders.problem, ["VARCHAR", "VARCHAR"]),
        ("kura_method_problem", method_problem, ["VARCHAR"]),
        ("kura_patterns_problem", redaction.patterns_problem, ["VARCHAR"]),
        ("kura_names_problem", people.problem, ["VARCHAR"]),
        ("kura_names_recipe", people.recipe, ["VARCHAR"]),
        ("kura_publishing_problem", publishing.problem, ["VARCHAR", "VARCHAR[]", "VARCHAR[]"]),
        ("kura_put_in_place", publishing.put_in_place, ["VARCHAR", "VARCHAR"]),
        ("kura_compact_at_end", compacting.compact_at_end, ["VARCHAR"]),
        ("kura_version", installed_version, []),
        ("kura_text_recipe", text_recipe, []),
        ("kura_given_salt", given_salt, []),
    ]
    for name, answer, parameters in answers:
        conn.create_function(  # type: ignore[call-overload]
            name, answer, parameters, "VARCHAR", null_handling="special", side_effects=True
        )


def installed_version() -> str:
    """Return the version of this package."""
    return importlib.metadata.version("kura-udfs")


def method_problem(method: str) -> str | None:
    """Say in words what a way to make clusters lacks here."""
    return NO_HDBSCAN if method == "hdbscan" and find_spec("hdbscan") is None else None


def given_salt() -> str | None:
    """Return the salt of hashed ids that the environment gives."""
    return os.environ.get("KURA_HASH_SALT") or None


def set_cursor(connection: DuckDBPyConnection, settings: Mapping[str, object]) -> DuckDBPyConnection:
    """Return a cursor with the `settings` of the profile, which hold for one cursor only."""
    cursor = connection.cursor()
    for name, value in settings.items():
        cursor.execute(f"set {name} = " + "'" + str(value).replace("'", "''") + "'")
    return cursor


def found_or_problem(connection: DuckDBPyConnection, members: files.ZipMembers, name: str) -> str:
    """Return, as JSON, what `files.find` finds, or else what is wrong under ``problem``."""
    try:
        return json.dumps(asdict(files.find(connection, members, name)))
    except KuraError as error:
        return json.dumps({"problem": str(error)})


def parsed_as_json(conversations: Column) -> pa.Array:
    """Return the messages of each conversation as a JSON array, which SQL unnests."""
    return _mapped(messages_json, conversations, pa.string())


def plain_json(texts: Column) -> pa.Array:
    """Return JSON without the types that a store writes beside each value."""
    return _mapped(typed.plain_json, texts, pa.string())


def timestamps(texts: Column, date_orders: Column) -> pa.Array:
    """Return points in time in UTC as SQL reads them, whatever wrote them."""
    return pa.array([timestamp(*pair) for pair in _pairs(texts, date_orders)], pa.string())


def content_text(contents: Column) -> pa.Array:
    """Return contents as plain text, whether they are strings or JSON parts."""
    return _mapped(messages.content_text, contents, pa.string())


def contents_as_json(roles: Column, contents: Column) -> pa.Array:
    """Return who says what in each content as a JSON array, which SQL unnests; a role may be NULL."""
    return pa.array([contents_json(*pair) for pair in _pairs(roles, contents)], pa.string())


def tool_calls_as_json(contents: Column) -> pa.Array:
    """Return the calls of tools in the messages of each conversation as a JSON array, which SQL unnests."""
    return _mapped(tool_calls_json, contents, pa.string())


def plain_texts(roles: Column, texts: Column) -> pa.Array:
    """Return messages as people see them: HTML as text, users' mails without history and signature."""
    pairs = _pairs(roles, texts)
    return pa.array([None if text is None else mails.plain_text(role, text) for role, text in pairs], pa.string())


def own_words(texts: Column) -> pa.Array:
    """Return what people said in their messages, without forms, handles and prompts around it."""
    return _mapped(said.own_words, texts, pa.string())


def have_words(texts: Column) -> pa.Array:
    """Return whether users said anything that a conversation can be about."""
    return _mapped(summaries.has_words, texts, pa.bool_())


def redacted(texts: Column, patterns: Column) -> pa.Array:
    """Return texts with personal data, and what the user's patterns match, replaced by placeholders."""
    pairs = _pairs(texts, patterns)
    return pa.array([None if text is None else redaction.redact(text, own) for text, own in pairs], pa.string())


def without_names(texts: Column, models: Column) -> pa.Array:
    """Return texts with names of people and postal addresses, as a model finds them, replaced by placeholders."""
    found: dict[tuple[str, str], str] = {}
    pairs = list(_pairs(texts, models))
    for model in {model for _, model in pairs}:
        own = list({text for text, other in pairs if text is not None and other == model})
        found |= dict(zip([(model, text) for text in own], people.redact_names(own, model), strict=True))
    return pa.array([found.get((model, text)) for text, model in pairs], pa.string())


def possible_names(texts: Column) -> pa.Array:
    """Return what may be names of people in texts, as `kura_spoken_words` has them, with commas; NULL for none."""
    return _mapped(rows.possible_names, texts, pa.string())


def spoken_words(texts: Column) -> pa.Array:
    """Return the words of texts in lower case, a space around each."""
    return _mapped(persons.spoken_words, texts, pa.string())


def token_counts(texts: Column) -> pa.Array:
    """Return how many tokens a language model would see, estimated."""
    return _mapped(tokens.count_tokens, texts, pa.int64())


def truncated(texts: Column, budgets: Column) -> pa.Array:
    """Return the head and the tail of texts, each within its budget of tokens."""
    pairs = _pairs(texts, budgets)
    return pa.array(
        [None if text is None or budget is None else tokens.truncate(text, budget) for text, budget in pairs],
        pa.string(),
    )


def embedded(texts: Column) -> pa.Array:
    """Return the vectors of the encoder `minilm`."""
    vectors = encoders.load_encoder("minilm").embed([text or "" for text in texts.to_pylist()])
    return pa.array([None if text is None else vector for text, vector in zip(texts.to_pylist(), vectors, strict=True)])


def languages_of(texts: Column) -> pa.Array:
    """Return the human language of each text where that is sure."""
    return _mapped(languages.human_language, texts, pa.string())


def _pairs(first: Column, second: Column) -> Iterable[tuple[Any, Any]]:
    return zip(first.to_pylist(), second.to_pylist(), strict=True)


def _mapped(function: Callable[[str], Any], column: Column, type_: pa.DataType) -> pa.Array:
    return pa.array([None if value is None else function(value) for value in column.to_pylist()], type_)
