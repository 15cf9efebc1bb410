"""Each page over full, empty and single-vendor data, hostile names and hostile URLs, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.escape import visible
from dashboard.models import ESSENTIALS, VendorName
from dashboard.texts import TEXTS
from pipelines.measures.catalogue import MEASURES

Page = Callable[..., AppTest]
PAGES = (
    "weekly_review",
    "breaches",
    "deliveries",
    "figure",
    "compare",
    "moves",
    "both_sides",
    "brief",
    "quarterly_pack",
)


def _words(app: AppTest) -> str:
    """All Markdown on the page, captions included."""
    return "\n".join(
        element.value for kind in ("markdown", "caption", "subheader", "title") for element in app.get(kind)
    )


def _charts(app: AppTest) -> list[Any]:
    return list(app.get("vega_lite_chart"))


@pytest.mark.parametrize("kind", ["full", "empty", "single", "not_loaded", "other_release", "broken", "no_deliveries"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_every_state(page: Page, name: str, kind: str) -> None:
    app = page(name, kind)
    assert not app.exception
    assert [title.value for title in app.title] == [TEXTS[f"{name}.title"]["en"]]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_speaks_french(page: Page, name: str) -> None:
    app = page(name, query={"lang": "FR"})
    assert not app.exception
    assert [title.value for title in app.title] == [TEXTS[f"{name}.title"]["fr"]]


def test_trust_comes_before_any_figure(page: Page) -> None:
    words = _words(page("weekly_review"))
    trust = words.index(TEXTS["trust.deliveries"]["en"])
    assert "32 on time · ▲ 2 late · □ 1 missing" in words
    assert trust < words.index(TEXTS["changed.heading"]["en"]) if TEXTS["changed.heading"]["en"] in words else True


def test_at_most_five_sentences_each_with_n_and_a_link(page: Page) -> None:
    app = page("weekly_review")
    words = _words(app)
    links = [link for link in app.get("page_link") if link.proto.label == TEXTS["changed.explain"]["en"]]
    assert 0 < len(links) <= 5
    sentences = [line for line in words.splitlines() if "**Casa Relation Client**" in line and "service level" in line]
    assert len(sentences) == 1
    assert "(n\xa03,485" in sentences[0]
    assert "80.0" in sentences[0]


def test_every_essential_measure_has_two_charts_with_a_spoken_text_and_two_tables(page: Page) -> None:
    app = page("weekly_review")
    charts = _charts(app)
    assert len(charts) >= 2 * (len(ESSENTIALS) - 1)
    assert len(app.table) >= len(charts) + 1  # the scorecard, and two tables under each pair of charts


def test_too_few_contacts_withhold_the_value_and_say_n(page: Page) -> None:
    app = page("weekly_review")
    scorecard = app.table[0].value
    refund = MEASURES["refund_rate"].name("en")
    assert "n 7" in scorecard.loc["**Tana Services**", refund]
    assert "%" not in scorecard.loc["**Tana Services**", refund]


def test_an_absent_figure_says_why(page: Page) -> None:
    scorecard = page("weekly_review").table[0].value
    repeat = MEASURES["repeat_rate"].name("en")
    csat = next(name for name in scorecard.columns if "CSAT" in name)
    assert "no data" in scorecard.loc["**Tana Services**", csat]
    assert scorecard.loc["**Porto Atende**", repeat]


def test_all_measures_can_be_shown(page: Page) -> None:
    app = page("weekly_review", query={"all": "true"})
    assert not app.exception
    assert "Net promoter" in _words(app) or "NPS" in _words(app)


def test_filters_come_from_the_url(page: Page) -> None:
    app = page("weekly_review", query={"week": "2026-W40", "v": ["Porto Atende", "Lille"], "ql": "en"})
    asked = app.fake.asked[-1]
    assert asked.week.isoformat() == "2026-09-28"
    assert asked.vendors == ("lille", "porto")
    assert asked.queues == ("delivery_en",)
    assert "2026-W40" in _words(app)


def test_filters_that_exclude_each_other_leave_nothing(page: Page) -> None:
    app = page("weekly_review", query={"q": "Retours", "ql": "en"})
    assert not app.exception
    assert app.fake.asked[-1].queues == ()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "query",
    [
        {"week": "2026-W99", "v": "nobody", "q": "'; drop table x;--", "lang": "XX"},
        {"week": "", "v": "", "file": "../../etc/passwd", "fv": "<script>", "kpi": "__class__"},
        {"week": "9" * 5000, "v": ["\x00", "\u202e"], "kpi": "offered", "fv": "porto", "all": "maybe"},
        {"file": "porto/x.csv #999999999999999999999", "problems": "2", "feed": "{0.__class__}"},
    ],
)
def test_hostile_urls_change_nothing(page: Page, name: str, query: dict[str, str | list[str]]) -> None:
    app = page(name, query=query)
    assert not app.exception
    assert app.title


def test_hostile_vendor_names_format_nothing(page: Page) -> None:
    names = ["![x](http://example.org/b.png)", ":red[a] **b** `c` $d$", "<b>x</b> [y](javascript:z)", "a|b\nc", "=1+1"]
    vendors = tuple(VendorName(f"v{place}", name, place == 0) for place, name in enumerate(names))
    for name in PAGES:
        app = page(name, vendors=vendors)
        assert not app.exception
        words = _words(app)
        assert "![x](" not in words
        assert "<b>x" not in words
        assert ":red[a]" not in words


@pytest.mark.slow
def test_naughty_strings_as_vendor_names(page: Page, shared: Path) -> None:
    naughty = json.loads((shared / "corpora" / "blns" / "blns.json").read_text(encoding="utf-8"))
    names = list(dict.fromkeys(text for text in naughty if visible(text).strip()))
    for start in range(0, len(names), 120):
        part = tuple(
            VendorName(f"v{start + place}", name, place == 0) for place, name in enumerate(names[start : start + 120])
        )
        app = page("figure", vendors=part)
        assert not app.exception


def test_a_file_opens_down_to_its_rejected_cells(page: Page) -> None:
    app = page("deliveries", query={"file": "tana/contacts_20261115_4.csv #4"})
    assert not app.exception
    tables = [frame.value for frame in app.dataframe]
    rejected = next(frame for frame in tables if TEXTS["column.raw_value"]["en"] in frame.columns)
    assert rejected.iloc[0].to_list()[1:4] == [12, "queued_at", "32/13/2026 08:00"]
    accounting = app.table[-1].value
    assert accounting.loc["Read"].iloc[0] == "5,148"


def test_a_refused_file_says_why_and_shows_its_reason_unformatted(page: Page) -> None:
    app = page("deliveries", query={"file": "casablanca/contacts_20261112_17.csv #17"})
    words = _words(app)
    assert r"\*Survey\*" in words
    assert "Nothing of this file was loaded" in words


@pytest.mark.parametrize("language", ["EN", "FR"])
def test_a_link_to_a_feed_holds_in_every_language(page: Page, language: str) -> None:
    made = page("deliveries", query={"feed": "contacts", "lang": language})
    (pills,) = [one for one in made.button_group if one.key == "feed_choice"]
    assert pills.value == ["contacts"]
    pills.set_value([]).run()
    assert not made.exception
    assert "feed" not in made.query_params


def test_only_problems(page: Page) -> None:
    shown = page("deliveries", query={"problems": "true"}).dataframe[0].value
    everything = page("deliveries").dataframe[0].value
    assert 0 < len(shown) < len(everything)


def test_deliveries_of_one_vendor(page: Page) -> None:
    shown = page("deliveries", query={"v": "Porto Atende"}).dataframe[0].value
    assert set(shown[TEXTS["column.vendor"]["en"]]) == {"Porto Atende"}


def test_a_figure_shows_numerator_denominator_and_the_range_it_could_have(page: Page) -> None:
    app = page("figure", query={"fv": "porto", "kpi": "service_level"})
    words = _words(app)
    assert "93" in words
    assert "could lie anywhere" in words
    facts = app.table[0].value
    assert facts.loc["Numerator"].iloc[0]
    assert facts.loc["Denominator"].iloc[0]


def test_the_choice_of_a_figure_survives_the_url_in_both_languages(page: Page) -> None:
    for language in ("EN", "FR"):
        app = page("figure", query={"fv": "tana", "kpi": "aht_s", "lang": language})
        assert app.selectbox(key="kpi_choice").value == "aht_s"
        assert app.selectbox(key="fv_choice").value == "tana"
