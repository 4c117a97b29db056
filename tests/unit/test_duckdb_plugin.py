"""The functions as SQL sees them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

from kura_udfs.functions.duckdb import Plugin
from kura_udfs.vectors.encoders import load_encoder


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        Plugin.configure_connection(None, connection)  # type: ignore[arg-type]
        yield connection


def test_null_gives_null_everywhere(connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.sql(
        "select kura_parse_messages(null), kura_content_text(null), kura_redact(null, null), kura_token_count(null),"
        " kura_truncate(null, 3), kura_truncate('text', null), kura_embed(null), kura_plain_text('user', null),"
        " kura_has_words(null), kura_redact_names(null, 'rampart'), kura_suspects(null), kura_spoken_words(null),"
        " kura_own_words(null)"
    ).fetchall()
    assert row == [(None,) * 13]


def test_functions_keep_their_rows_apart_over_many_chunks(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.sql(
        "select count(*), count(distinct kura_redact('call ' || i, null)), sum(kura_token_count('word')) from range(5000) t(i)"
    ).fetchall()
    assert rows == [(5000, 5000, 5000)]


def test_a_function_may_answer_a_text_with_null(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.sql("select kura_content_text('   '), kura_content_text('x')").fetchall() == [(None, "x")]


def test_messages_come_back_as_rows(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.sql(
        """
        select unnest(from_json(
            kura_parse_messages('[{"role": "user", "content": "a"}, {"from": "gpt", "value": "b"}]'),
            '[{"role": "VARCHAR", "content": "VARCHAR"}]'
        ), recursive := true)
        """
    ).fetchall()
    assert found == [("user", "a"), ("gpt", "b")]


def test_a_content_in_which_several_speak_comes_back_as_rows(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.sql(
        """
        select role as given, unnest(from_json(
            kura_parse_content(role, content),
            '[{"position": "BIGINT", "role": "VARCHAR", "content": "VARCHAR"}]'
        ), recursive := true)
        from (values
            ('user', '[{"type": "tool_result", "content": "sent"}, {"type": "text", "text": "thanks"}]'),
            (null, 'hi'),
            ('user', null)
        ) as t(role, content)
        """
    ).fetchall()
    assert found == [
        ("user", 0, "tool", "sent"),
        ("user", 1, "user", "thanks"),
        (None, 0, None, "hi"),
        ("user", 0, "user", None),
    ]


def test_a_role_may_be_unknown_where_a_text_is_read_as_people_see_it(connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.sql(
        "select kura_plain_text(null, '<p>a&nbsp;b</p>'), kura_has_words('hi'), kura_has_words('lamp')"
    )
    assert row.fetchall() == [("a b", False, True)]


def test_sql_and_python_embed_alike(connection: duckdb.DuckDBPyConnection) -> None:
    texts = ["where is my parcel", "", "カート"]
    connection.execute("create table texts as select unnest(?) as text", [texts])
    vectors = [vector for (vector,) in connection.sql("select kura_embed(text) from texts").fetchall()]
    np.testing.assert_array_equal(np.array(vectors, np.float32), load_encoder("minilm").embed(texts))
