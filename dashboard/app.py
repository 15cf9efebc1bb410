"""Registry of the pages. Start it from the project's root: ``python -m streamlit run dashboard/app.py``.

What all pages share, title row and filters, is drawn here: Streamlit drops from the URL what only another page binds.
"""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.components import header
from dashboard.view import current_view

st.set_page_config(page_title="Sightline", layout="wide")

texts = current_view().texts
pages = {
    "weekly_review": st.Page(navigation.WEEKLY_REVIEW, title=texts("nav.weekly_review"), default=True),
    "breaches": st.Page(navigation.BREACHES, title=texts("nav.breaches"), url_path="breaches"),
    "brief": st.Page(navigation.BRIEF, title=texts("nav.brief"), url_path="brief"),
    "compare": st.Page(navigation.COMPARE, title=texts("nav.compare"), url_path="compare"),
    "moves": st.Page(navigation.MOVES, title=texts("nav.moves"), url_path="moves"),
    "both_sides": st.Page(navigation.BOTH_SIDES, title=texts("nav.both_sides"), url_path="both_sides"),
    "reconcile": st.Page(navigation.RECONCILE, title=texts("nav.reconcile"), url_path="reconcile"),
    "money": st.Page(navigation.MONEY, title=texts("nav.money"), url_path="money"),
    "quarterly_pack": st.Page(navigation.QUARTERLY_PACK, title=texts("nav.quarterly_pack"), url_path="quarterly_pack"),
    "data_trust": st.Page(navigation.DATA_TRUST, title=texts("nav.data_trust"), url_path="data_trust"),
    "deliveries": st.Page(navigation.DELIVERIES, title=texts("nav.deliveries"), url_path="deliveries"),
    "figure": st.Page(navigation.FIGURE, title=texts("nav.figure"), url_path="figure", visibility="hidden"),
}
# The first page lives at "/": who types the address that its neighbours suggest is led there, filters and all.
review = st.Page(lambda: None, title=texts("nav.weekly_review"), url_path="review", visibility="hidden")
chosen = st.navigation([*pages.values(), review], position="top")
if chosen is review:
    st.switch_page(
        pages["weekly_review"], query_params={name: st.query_params.get_all(name) for name in st.query_params}
    )
header.show(next(name for name, page in pages.items() if page is chosen))
chosen.run()
