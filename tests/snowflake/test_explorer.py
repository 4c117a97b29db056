"""What the explorer says where the account does not answer as it should."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.support.snowflake_schema import IS_REAL

if TYPE_CHECKING:
    from tests.support.snowflake_account import Account


def page() -> None:
    import streamlit as st
    from kura_explorer import warehouse

    st.text(str(warehouse.has("fct_kura__alerts")))
    st.text(str(len(warehouse.query("select cluster_id, name from dim_kura__clusters"))))
    st.text("and so on")


@pytest.mark.skipif(IS_REAL, reason="makes tables of its own")
def test_a_table_or_a_column_that_is_not_there_is_told_in_a_sentence(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import snowflake.connector

    # the page becomes the main module, which the sandboxes of the tests after this would begin with
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    warehouse, connect = importlib.import_module("kura_explorer.warehouse"), st.connection
    (tmp_path / "token").touch()
    monkeypatch.setattr(warehouse, "TOKEN", tmp_path / "token")
    monkeypatch.delenv("KURA_PUBLISHED_PATH", raising=False)
    monkeypatch.setenv("KURA_SCHEMA", "kura_db.explored")
    nobody = {"port": 9, "login_timeout": 1}
    place = {**account.connection, "database": "KURA_DB", "schema": "EXPLORED"}
    # under its own name it would read a configuration in the home folder
    monkeypatch.setattr(st, "connection", lambda name: connect(f"{name}_there", type=name, **place))

    def told() -> tuple[list[str], list[str]]:
        st.cache_data.clear()
        app = AppTest.from_function(page, default_timeout=60).run()
        assert not app.exception, app.exception
        return [text.value for text in app.text], [warning.value for warning in app.warning]

    with snowflake.connector.connect(**place) as connection:
        cursor = connection.cursor()
        cursor.execute("create schema if not exists kura_db.explored")
        texts, warnings = told()
        assert (texts, len(warnings)) == (["False"], 1), "what may not be there is not missed, and what has to be is"
        assert "were built by another release of Kura than this explorer, or only in part" in warnings[0]
        cursor.execute("create or replace table kura_db.explored.dim_kura__clusters as select 'c1' as cluster_id")
        texts, warnings = told()
        assert (texts, len(warnings)) == (["False"], 1)
        assert "NAME" in warnings[0]
        cursor.execute(
            "create or replace table kura_db.explored.dim_kura__clusters as select 'c1' as cluster_id, 'a' as name"
        )
        assert told() == (["False", "1", "and so on"], [])
    monkeypatch.setattr(st, "connection", lambda name: connect(f"{name}_gone", type=name, **{**place, **nobody}))
    texts, warnings = told()
    assert texts == []
    assert warnings[0].startswith("Snowflake did not answer: ")
