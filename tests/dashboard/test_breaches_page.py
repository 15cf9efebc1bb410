"""The page of breaches: every state, every choice from the URL, hostile ones too, and what people write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts.heatmap import CLASSES, shades
from dashboard.charts.palette import PALETTES
from dashboard.picked import Picked, clock
from dashboard.texts import TEXTS

Page = Callable[..., AppTest]
WEEK = {"week": "2026-W46", "bv": "casablanca"}
BREACH = "casablanca/delivery_fr/sl/day/2026-11-09"
OPEN = WEEK | {"bq": "delivery_fr", "day": "2026-11-09", "breach": BREACH}


def _words(app: AppTest) -> str:
    return "\n".join(one.value for kind in ("markdown", "caption", "subheader") for one in app.get(kind))


def _tables(app: AppTest) -> dict[str, object]:
    """Tables that can be clicked, by their first column."""
    return {frame.value.columns[0]: frame.value for frame in app.dataframe}


@pytest.mark.parametrize("show", ["service_level", "abandon_rate", "asa_s", "volume", "staffing"])
@pytest.mark.parametrize("language", ["EN", "FR"])
def test_every_figure_of_the_heatmap_in_both_languages(page: Page, show: str, language: str) -> None:
    app = page("breaches", query=WEEK | {"show": show, "lang": language})
    assert not app.exception
    assert TEXTS["breaches.heat"][language.lower()] in _words(app)
    heat = next(one.value for one in app.table if "10\\:00" in one.value.index)
    if show not in ("volume", "staffing"):
        assert heat.iloc[0, 0] == "0"  # open, nobody came
    assert heat.iloc[3, 2].replace("\\", "") == "╱╱"  # missing
    assert heat.iloc[0, 5].replace("\\", "") == "…"  # not due yet
    assert heat.iloc[0, 6] == ""  # closed
    assert "n " in heat.iloc[1, 0]


@pytest.mark.parametrize("grain", ["interval", "day", "week", "month"])
def test_missed_targets_say_depth_chance_excuse_and_side(page: Page, grain: str) -> None:
    app = page("breaches", query=WEEK | {"grain": grain})
    assert not app.exception
    missed = _tables(app)[TEXTS["breaches.column.when"]["en"]]
    assert missed.shape[0] == 3
    row = missed.iloc[0]
    assert row[TEXTS["breaches.column.missed_by"]["en"]] == "30.0 pts"
    assert row[TEXTS["breaches.column.noise"]["en"]] == TEXTS["breaches.beyond"]["en"]
    stakes = missed[TEXTS["breaches.column.money"]["en"]].to_list()
    assert stakes[0].startswith("−€120.50 for ")
    assert stakes[1:] == ["", "–"]  # the clause's period is told once, and nothing is known of the third
    assert missed.iloc[2][TEXTS["breaches.column.excused"]["en"]] == TEXTS["breaches.excused_forecast"]["en"]
    assert "1 of them beyond what chance does" in _words(app)
    assert "Excused: 2" in _words(app)


def test_an_open_breach_has_its_cause_its_contacts_and_a_place_to_work(page: Page) -> None:
    app = page("breaches", query=OPEN)
    assert not app.exception
    words = _words(app)
    assert "the vendor's side" in words
    assert "fewer agents than committed" in words
    assert "Porto Atende" in words  # the same cause elsewhere
    assert "longer contacts than planned" in words  # not to be told
    assert "6 rows = 4 answered + 2 abandoned in the queue" in words
    contacts = _tables(app)[TEXTS["contacts.column.time"]["en"]]
    assert contacts[TEXTS["contacts.column.wait"]["en"]].to_list()[:2] == [360.0, 300.0]
    assert TEXTS["work.heading"]["en"] in words
    assert "![x](" not in words


def test_one_contact_shows_its_versions_and_its_customers_journey(page: Page) -> None:
    app = page("breaches", query=OPEN | {"contact": "leg-1"})
    assert not app.exception
    assert app.selectbox(key="contact_choice").value == "leg-1"
    shown = [table.value for table in app.table]
    versions = next(t for t in shown if "until" in t.columns or "until" in map(str, t.columns))
    assert versions.shape[0] == 2
    journey = next(t for t in shown if t.index.size == 2 and any("→" in str(one) for one in t.index))
    assert journey.iloc[0, 0].replace("\\", "") == "Casa Relation Client"


def test_lists_do_what_clicks_do(page: Page) -> None:
    app = page("breaches", query=WEEK)
    assert TEXTS["contacts.choose"]["en"] in _words(app)
    app.selectbox(key="day_list").set_value("2026-11-10").run()
    app.selectbox(key="from_list").set_value("10:30").run()
    assert not app.exception
    assert dict(app.query_params)["day"] in ("2026-11-10", ["2026-11-10"])
    assert dict(app.query_params)["at"] in ("10:30-11:00", ["10:30-11:00"])
    assert "10:30 to 11:00" in _words(app).replace("\\", "")
    app.selectbox(key="missed_choice").set_value(BREACH).run()
    assert app.selectbox(key="bq_choice").value == "delivery_fr"
    assert "fewer agents than committed" in _words(app)
    app.selectbox(key="bv_choice").set_value("porto").run()
    assert "breach" not in app.query_params


def test_a_vendor_of_several_sites_can_be_looked_at_site_by_site(page: Page) -> None:
    app = page("breaches", query={"week": "2026-W46", "bv": "porto", "bs": "south"})
    assert not app.exception
    assert app.selectbox(key="bs_choice").value == "south"
    assert "bs_choice" not in {box.key for box in page("breaches", query=WEEK).selectbox}


@pytest.mark.parametrize(
    "query",
    [
        {"bv": "nobody", "bq": "'; drop table x;--", "show": "__class__", "grain": "eon"},
        {"day": "2026-11-09..2026-99-99", "at": "25:00-99:99", "order": "=1", "contact": "<script>"},
        {"day": "2026-11-12..2026-11-09", "at": "12:00-10:00", "breach": "../../etc/passwd"},
        {"day": "9" * 4000, "at": "\x00", "contact": "9" * 5000, "drag": "maybe"},
        {"day": "2020-01-01", "breach": BREACH, "contact": "leg-1"},
    ],
)
def test_hostile_choices_pick_nothing(page: Page, query: dict[str, str]) -> None:
    app = page("breaches", query=WEEK | query)
    assert not app.exception
    assert app.title


def test_a_comment_needs_its_author_and_is_kept(page: Page) -> None:
    app = page("breaches", query=OPEN)
    app.text_area(key="say_text").set_value("they had a fire drill")
    _press(app, "journal.write")
    assert TEXTS["journal.no_author"]["en"] in [one.value for one in app.warning]
    assert app.text_area(key="say_text").value == "they had a fire drill"
    app.text_input(key="say_author").set_value("Ana")
    _press(app, "journal.write")
    assert [one.value for one in app.success] == [TEXTS["journal.written"]["en"]]
    assert app.text_area(key="say_text").value == ""


def test_an_excuse_needs_a_reason(page: Page) -> None:
    app = page("breaches", query=OPEN)
    app.text_input(key="excuse_author").set_value("Ana")
    _press(app, "work.excuse_button")
    assert TEXTS["work.no_reason"]["en"] in [one.value for one in app.warning]
    app.text_area(key="excuse_text").set_value("our telephone line was down")
    _press(app, "work.excuse_button")
    assert [one.value for one in app.success] == [TEXTS["work.excused"]["en"]]


def test_an_action_is_agreed_and_said_done(page: Page) -> None:
    app = page("breaches", query=OPEN)
    app.text_area(key="action_what").set_value("staff Mondays as *committed*")
    app.text_input(key="action_owner").set_value("Bo")
    app.text_input(key="action_author").set_value("Ana")
    _press(app, "work.action_button")
    assert [one.value for one in app.success] == [TEXTS["work.agreed"]["en"]]
    assert len(app.fake.work.held) == 1
    assert app.fake.work.held[0].due == date(2026, 11, 30)
    rows = next(table.value for table in app.table if any("Mondays" in str(one) for one in table.value.index))
    assert "better beyond noise" in rows.iloc[0].to_string().replace("\\", "")
    app.selectbox(key="work_action_state").set_value("done")
    app.text_input(key="work_action_author").set_value("Bo")
    app.button(key="FormSubmitter:work_action_form-" + TEXTS["journal.write"]["en"]).click().run()
    assert app.fake.work.held[0].state == "done"


def _press(app: AppTest, key: str) -> None:
    next(one for one in app.button if one.label == TEXTS[key]["en"]).click().run()


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_a_cell_says_can_be_read_on_every_shade(theme: str) -> None:
    known = shades(PALETTES[theme])  # type: ignore[index]
    assert set(known) == set(CLASSES)
    for name, (fill, ink) in known.items():
        assert _contrast(fill, ink) >= 4.5, name
    background = PALETTES[theme].background  # type: ignore[index]
    for name in ("3", "-3"):
        assert _contrast(known[name][0], background) >= 3, name


def test_what_is_picked_is_days_and_hours() -> None:
    picked = Picked(date(2026, 11, 9), date(2026, 11, 10), 600, 660)
    assert picked.holds(date(2026, 11, 10), 630)
    assert not picked.holds(date(2026, 11, 10), 660)
    assert (clock(0), clock(605), clock(1440)) == ("00:00", "10:05", "24:00")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_order_of_service_says_what_shows_and_what_else_may_explain_it(page: Page, language: str) -> None:
    app = page("breaches", query=WEEK | {"lang": language.upper()})
    assert not app.exception
    words = _words(app)
    for pattern, innocent in (
        ("overtaking", "unstated_priority"), ("heaping", "overflow_at_threshold"), ("short_calls", "dropped_lines")
    ):  # fmt: skip
        assert TEXTS[f"order.innocent.{innocent}"][language] in words
        assert TEXTS[f"order.named.{pattern}"][language] in words
    assert "0 of 150" in words if language == "en" else "0 sur 150" in words
    served = next(one.value for one in app.table if TEXTS["order.column.verdict"][language] in one.value.columns)
    verdicts = [cell.replace("\\", "") for cell in served[TEXTS["order.column.verdict"][language]]]
    assert verdicts[1] == TEXTS["order.verdict.too_little"][language]
    assert TEXTS["order.named.heaping"][language] in verdicts[0]


def test_nobody_served_is_said(page: Page) -> None:
    app = page("breaches", kind="empty", query=WEEK)
    assert not app.exception
