"""Registry of the pages. Start it from the project's root: ``python -m streamlit run dashboard/app.py``."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.view import current_view

st.set_page_config(page_title="Sightline", layout="wide")

texts = current_view().texts
st.navigation(
    [
        st.Page(navigation.WEEKLY_REVIEW, title=texts("nav.weekly_review"), url_path="review", default=True),
        st.Page(navigation.DELIVERIES, title=texts("nav.deliveries"), url_path="deliveries"),
        st.Page(navigation.FIGURE, title=texts("nav.figure"), url_path="figure", visibility="hidden"),
    ],
    position="top",
).run()
