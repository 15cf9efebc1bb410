"""From the figures of every page to their breaches: page links, cells of tables, marks of charts, all by one helper."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
from fake_data import FakeData
from streamlit.testing.v1 import AppTest

from dashboard.components import contact_list, heat_card
from dashboard.components.breach_links import Links
from pipelines.answers.contacts import ORDERS
from pipelines.answers.intervals import SHOWN
from pipelines.measures.catalogue import MEASURES

Page = Callable[..., AppTest]
CELL = re.compile(r"\]\((breaches\?[^)\s]+|figure\?[^)\s]+)\)")

#: Pages with parameters that open what they can show, and what must lead on: page links, table cells, chart marks.
PAGES = [
    ("weekly_review", {}, "links tables charts"),
    ("figure", {"fv": "porto", "kpi": "service_level"}, "links tables charts"),
    ("figure", {"fv": "porto", "kpi": "cost_per_contact"}, "links"),
    ("compare", {}, "links tables charts"),
    ("compare", {"cv": "poitiers", "ckpi": "csat"}, "links tables charts"),
    ("moves", {}, "links tables charts"),
    ("both_sides", {}, "links tables charts"),
    ("reconcile", {}, "links tables charts"),
    ("money", {"part": "clauses"}, "tables charts"),
    ("money", {"part": "credits"}, "tables"),
    ("money", {"part": "invoices"}, "tables"),
    ("money", {"part": "cost"}, "tables"),
    ("data_trust", {}, "charts"),
    ("deliveries", {"file": "tana/contacts_20261115_4.csv #4"}, "links tables charts"),
    ("brief", {}, "links"),
    ("quarterly_pack", {"pv": "porto"}, "links"),
]


def ways(app: AppTest) -> dict[str, list[str]]:
    """Every address of a page of breaches, or of the figure that has none, by where it stands."""
    assert not app.exception
    pages = [one.proto for one in app.get("page_link") if one.proto.page == "breaches"]
    cells = [cell for table in app.table for name in table.value for cell in table.value[name].astype(str)]
    marks = []
    for chart in app.get("vega_lite_chart"):
        assert '"href"' not in json.dumps(json.loads(chart.proto.spec).get("data", {}))  # the spec holds no data
        for held in [chart.proto.data.data, *(one.data.data for one in chart.proto.datasets)]:
            frame = pa.ipc.open_stream(io.BytesIO(held)).read_all() if held else None
            if frame is not None and "href" in frame.column_names:
                marks += [one for one in frame["href"].to_pylist() if one]
    return {
        "links": [f"breaches?{one.query_string}" for one in pages],
        "tables": [way for cell in cells for way in CELL.findall(cell)],
        "charts": marks,
    }


def _query(way: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(way).query, strict_parsing=True)


@pytest.mark.parametrize("name, query, where", PAGES)
def test_figures_lead_to_their_breaches_with_the_same_filters(page: Page, name: str, query: dict, where: str) -> None:
    app = page(name, query={"week": "2026-W45", "v": ["Porto Atende", "Tana Services", "Poitiers Appels"], **query})
    chosen = set(app.session_state["v"]) if "v" in app.session_state else set()  # documents have filters of their own
    vendors = {one.code for one in app.fake.published().vendors}
    weeks = {f"{one:%G-W%V}" for one in app.fake.published().weeks}
    found = ways(app)
    assert {kind for kind in where.split() if found[kind]} == set(where.split())
    for way in {way for kind in found.values() for way in kind}:
        told = _query(way)
        if way.startswith("figure?"):
            assert told["kpi"][0].startswith("cost_per")
            continue
        assert set(told["bv"]) <= vendors
        assert set(told["week"]) <= weeks
        assert set(told.get("v", ())) == chosen
        assert set(told["show"]) <= set(SHOWN)
        assert set(told["order"]) <= set(ORDERS)


def test_the_page_opens_as_the_link_asks(page: Page) -> None:
    links = Links(FakeData().published(), {"week": "2026-W46"})
    day = date(2026, 11, 4)
    link = links.to("casablanca", "abandon_rate", queue="delivery_fr", days=(day, day))
    app = page("breaches", query=link.query)
    chosen = {key: app.selectbox(key=f"{key}_choice").value for key in ("bv", "bq", "show")}
    assert chosen == {"bv": "casablanca", "bq": "delivery_fr", "show": "abandon_rate"}
    assert app.selectbox(key="day_list").value == "2026-11-04"
    assert app.selectbox(key=f"{contact_list.ORDER}_choice").value == "abandoned"
    assert app.session_state["week"] == "2026-W45"


@pytest.mark.parametrize("metric", MEASURES)
def test_every_measure_leads_somewhere(metric: str) -> None:
    """To the half-hours that missed; where no half-hour can, to the rows of the days; else to what explains it."""
    link = Links(FakeData().published(), {"week": "2026-W46"}).to("porto", metric)
    if link.page.stem == "figure":
        assert link.query["kpi"] == metric
    elif metric in ("csat", "nps", "repeat_rate", "fcr", "refund_rate", "response_rate"):
        assert link.query["day"] == "2026-11-09..2026-11-15"
    else:
        assert link.query["show"] in SHOWN


def test_a_longer_stretch_is_opened_by_month(page: Page) -> None:
    links = Links(FakeData().published(), {"week": "2026-W46"})
    month = links.to("porto", "csat", days=(date(2026, 10, 1), date(2026, 10, 31))).query
    assert (month["week"], month["grain"]) == ("2026-W43", "month")  # the last whole week of October
    before = links.to("porto", days=(date(2019, 1, 1), date(2019, 1, 1))).query
    assert "day" not in before  # no data so far back: the first week, nothing picked
    assert page("breaches", query=before).selectbox(key="day_list").value == heat_card.EVERY_DAY
    hostile = links.to("a](x) b", "offered", queue="<b>").around("5 %")
    assert hostile.startswith("[5 %](breaches?")
    assert hostile.count("(") == hostile.count(")") == 1
    assert " b" not in hostile
