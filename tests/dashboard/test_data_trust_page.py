"""The page of trust, as a reader sees it: findings with filters in the link, evidence, journal, message, grid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import fake_trust
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts.day_states import MARKS, day_states
from dashboard.charts.month_lines import month_lines
from dashboard.charts.palette import PALETTES
from dashboard.components import discipline
from dashboard.components.breach_links import Links
from dashboard.formats import Formats
from dashboard.texts import TEXTS, Texts
from dashboard.view import View
from pipelines.answers.data_trust import STATES
from pipelines.trust.findings import KINDS, SEVERITIES

Page = Callable[..., AppTest]


def _words(app: AppTest) -> str:
    assert not app.exception
    kinds = ("markdown", "caption", "subheader", "code", "info", "success", "warning")
    return "\n".join(str(one.value) for kind in kinds for one in getattr(app, kind))


def _listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["To be explained"]) if app.dataframe else []


def test_findings_are_listed_the_gravest_and_dearest_first(page: Page) -> None:
    app = page("data_trust")
    assert "4 of 4 findings: 1 critical, 2 warnings, 1 for information" in _words(app)
    assert [one[:12] for one in _listed(app)] == ["No contact h", "Reported and", "3 of 5,000 r", "The contacts"]
    assert app.dataframe[0].value["Money at stake"].to_list() == ["", "1250.00 EUR", "", ""]


@pytest.mark.parametrize(
    "query, left",
    [
        ({"fsev": "critical"}, 1),
        ({"fsev": "warning"}, 3),
        ({"fkind": "late_delivery"}, 1),
        ({"fstate": "explained"}, 0),
        ({"fwhen": "2026-09"}, 1),
        ({"fwhen": "2026-W46"}, 2),
        ({"fwhen": "4w"}, 3),
        ({"v": ["Tana Services"]}, 2),
        ({"fkind": "'; drop table findings; --", "fwhen": "2026-99", "fsev": "x"}, 4),
    ],
)
def test_filters_live_in_the_link(page: Page, query: dict[str, str | list[str]], left: int) -> None:
    app = page("data_trust", query=query)
    assert not app.exception
    assert len(_listed(app)) == left


def test_a_link_opens_a_finding_with_its_reasons_and_rows(page: Page) -> None:
    app = page("data_trust", query={"finding": fake_trust.id_of("missing_day"), "fsev": "info"})
    words = _words(app)
    assert "No contact has come for 11 Nov 2026" in words
    assert "The same weekdays and times let 98 contacts be expected; none came\\." in words
    assert "a pause that was agreed" in words
    assert "Nothing came, so there is no row to show." in words
    opened = _words(page("data_trust", query={"finding": fake_trust.id_of("rejected_rows")}))
    assert "Cells that could not be read: 1 of 1 shown" in opened
    assert "rows of \\*a\\*\\.csv" in opened


def test_a_finding_that_filters_hide_or_that_is_closed_still_opens(page: Page) -> None:
    hidden = page("data_trust", query={"finding": fake_trust.id_of("late_delivery"), "fsev": "critical"})
    assert "The contacts file came 9 h after it was due" in _words(hidden)
    closed = fake_trust.findings({}).filter(pl.col("closed_at").is_not_null())["finding_id"][0]
    assert "no longer found since" in _words(page("data_trust", query={"finding": closed}))
    assert TEXTS["data_trust.unknown"]["en"] in _words(page("data_trust", query={"finding": "nonsense"}))


def test_what_is_said_of_a_finding_is_kept_and_shown_in_the_list(page: Page) -> None:
    app = page("data_trust", query={"finding": fake_trust.id_of("late_delivery")})
    app.text_input[0].set_value("Ada")
    app.text_area[0].set_value("their server was down")
    next(box for box in app.selectbox if box.label == "Status" and "journal" in box.key).set_value("explained")
    next(button for button in app.button if button.label == "Keep").click().run()
    assert "their server was down" in _words(app)
    assert app.dataframe[0].value["Status"].to_list() == ["○ open", "○ open", "○ open", "◐ explained"]
    (entry,) = app.fake.entries("finding", fake_trust.id_of("late_delivery"))
    assert (entry.author, entry.status) == ("Ada", "explained")


def test_the_message_asks_and_does_not_accuse(page: Page) -> None:
    app = page("data_trust", query={"finding": fake_trust.id_of("missing_day")})
    (message,) = [one.value for one in app.code if "Hello," in one.value]
    assert "Our data from Porto Atende: 1 point(s) to clear up together" in message
    assert f"Reference {fake_trust.id_of('missing_day')}" in message
    app.toggle(key="message_all").set_value(True).run()
    (message,) = [one.value for one in app.code if "Hello," in one.value]
    assert "2 point(s)" in message
    app.segmented_control(key="message_language").set_value("FR").run()
    (message,) = [one.value for one in app.code if "Bonjour," in one.value]
    assert "Aucun contact n'est arrivé" in message


def test_the_page_in_french(page: Page) -> None:
    words = _words(page("data_trust", query={"lang": "FR", "finding": fake_trust.id_of("missing_day")}))
    assert "Aucun contact n'est arrivé" in words.replace("\\", "")
    assert "laissaient attendre 98 contacts" in words.replace("\\", "")
    assert "une pause convenue" in words
    assert "aucun fichier n'est arrivé pour cette période" in words.replace("\\", "")


def test_figures_before_and_after_a_restatement(page: Page) -> None:
    app = page("data_trust", query={"restated": "d7"})
    assert "changed 14 rows and with them 2 figures" in _words(app)
    table = next(one.value for one in app.table if "Before" in one.value.columns)
    assert table["Before"].to_list() == ["74\\.2 %", "12\\.000"]
    assert table["Change"].to_list()[0].startswith("\\+6\\.0")


def test_checks_tell_failed_from_not_carried_out(page: Page) -> None:
    app = page("data_trust")
    assert "1 passed, 1 failed, 1 could not be carried out." in _words(app)
    table = next(one.value for one in app.table if "Rows that break it" in one.value.columns)
    assert table["Result"].to_list() == ["✕ failed", "? not carried out"]


@pytest.mark.parametrize("kind", ["empty", "not_loaded", "broken", "single"])
def test_every_state_of_the_data_has_a_page(page: Page, kind: str) -> None:
    assert not page("data_trust", kind=kind).exception


def test_the_trust_strip_and_a_figure_lead_here(page: Page) -> None:
    review = page("weekly_review")
    links = [one.proto.label for one in review.get("page_link")]
    assert TEXTS["trust.open_findings"]["en"] in links
    figure = page("figure", query={"fv": "porto", "kpi": "service_level"})
    assert any("No contact has come for 11 Nov 2026" in one.proto.label for one in figure.get("page_link"))
    asked = [one.proto.query_string for one in figure.get("page_link")]
    assert any(f"finding={fake_trust.id_of('missing_day')}" in query for query in asked)


def test_states_are_told_by_shape() -> None:
    assert set(MARKS) == set(STATES)
    assert len(set(MARKS.values())) == len(MARKS)
    days = fake_trust.delivery_grid(["porto", "tana"], date(2026, 10, 12), date(2026, 11, 15))
    drawn = days.select("day", "state", row="vendor", details=pl.lit("x"))
    spec = day_states(drawn, Formats("en", "EUR"), PALETTES["light"]).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rect", "text"]


def test_every_kind_and_severity_has_words() -> None:
    assert {f"finding.kind.{kind}" for kind in KINDS} <= set(TEXTS)
    assert {f"finding.severity.{severity}" for severity in SEVERITIES} <= set(TEXTS)
    assert {f"data_trust.state.{state}" for state in STATES} <= set(TEXTS)


def test_discipline_names_the_worst_month() -> None:
    view = View(Texts("en"), Formats("en", "EUR"), PALETTES["light"])
    months = fake_trust.discipline(["lille", "porto"]).with_columns(
        on_time_share=pl.when((pl.col("vendor") == "porto") & (pl.col("month") == date(2026, 4, 1)))
        .then(0.5)
        .otherwise(1.0)
    )
    from fake_data import FakeData

    published = FakeData().published()
    drawn = discipline.drawn(view, Links(published, {}), months, ["lille", "porto"], "on_time_share")  # type: ignore[arg-type]
    assert drawn.filter("told").select("label", "month", "text").rows() == [("Porto Atende", "2026-04", "50.0\u00a0%")]
    assert drawn["height"].min() == 0
    assert len(month_lines(drawn, view.formats, view.palette).to_dict()["layer"]) == 5
