"""Kura's explorer: what people talk about, on the public tables, in a browser.

On DuckDB: ``KURA_PUBLISHED_PATH=published.duckdb streamlit run explorer.py``. Inside Snowflake the same file asks the
account that it runs in. See docs/bi.md.
"""

from pathlib import Path

import streamlit as st
from kura_explorer import address, choice, components, controls, look, navigation, warehouse
from kura_explorer.pages import changes, cluster, comparisons, conversations, lenses, map, other_lens, overview, topics

st.set_page_config(page_title="Kura", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
look.apply()
components.follow_the_screen()
try:
    warehouse.check()
except warehouse.NoTablesError as error:
    st.title("Nothing to show yet")
    st.text(str(error))
    st.stop()

start = st.Page(overview.show, title="Overview", icon=":material/dashboard:", url_path="start", default=True)
pages = {
    "overview": st.Page(overview.show, title="Overview", icon=":material/dashboard:", url_path="overview"),
    "map": st.Page(map.show, title="Map", icon=":material/scatter_plot:", url_path="map"),
    "topics": st.Page(topics.show, title="Topics", icon=":material/account_tree:", url_path="topics"),
    "cluster": st.Page(cluster.show, title="Cluster", icon=":material/bubble_chart:", url_path="cluster"),
    "changes": st.Page(changes.show, title="Changes", icon=":material/compare_arrows:", url_path="changes"),
    "lenses": st.Page(lenses.show, title="Lenses", icon=":material/grid_on:", url_path="lenses"),
    "comparisons": st.Page(comparisons.show, title="Comparisons", icon=":material/balance:", url_path="comparisons"),
    "conversations": st.Page(
        conversations.show, title="Conversations", icon=":material/forum:", url_path="conversations"
    ),
}
page = st.navigation([start, *pages.values()], position="hidden")
address.read(page.url_path)
if page == start:
    pages["overview"] = start
st.session_state[navigation.PAGES] = pages
with warehouse.of_one_build():
    navigation.links({name: there for name, there in pages.items() if name in navigation.useful()})
    st.session_state[controls.NOTES] = st.container(gap=None)
    controls.say_unread()
    if page.url_path in navigation.OF_ROWS and not choice.has_rows():
        navigation.say_numbers_alone(page.title)
    elif elsewhere := other_lens.asked():
        other_lens.show(*elsewhere)
    else:
        page.run()
    navigation.show_conversation()
