"""Terms and money, as a reader sees it: clauses, calendar, credits, invoices, true cost, waivers, a clause tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import fake_money
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts.attainment_calendar import NOT_JUDGED, SHAPES, attainment_calendar
from dashboard.charts.palette import PALETTES
from dashboard.components import attainment_card
from dashboard.formats import Formats
from dashboard.texts import TEXTS
from pipelines.measures.agreement.attainment import STATES
from pipelines.measures.agreement.invoices import INVOICE_REASONS, INVOICE_VERDICTS
from pipelines.measures.agreement.trial import changed_clauses
from pipelines.measures.credits import Rule
from pipelines.workspace.terms import Clause, Included, OtherCost

Page = Callable[..., AppTest]


def _raw(app: AppTest) -> str:
    assert not app.exception
    kinds = ("markdown", "caption", "subheader", "warning", "success", "code")
    return "\n".join(str(one.value) for kind in kinds for one in getattr(app, kind))


def _words(app: AppTest) -> str:
    """What a reader sees: without the marks that keep a vendor's text from being Markdown."""
    return _raw(app).replace("\\", "").replace("\xa0", " ")


def _table(app: AppTest, column: str) -> dict[str, list[str]]:
    """The table with this column, by column, its cells as a reader sees them."""
    frame = next(table.value for table in app.table if column in table.value.columns)
    return {name: [_read(str(cell)) for cell in frame[name]] for name in frame.columns}


def _read(cell: str) -> str:
    """The words of a cell, whether it is a link or not."""
    return re.sub(r"^\[(.*)\]\(.*\)$", r"\1", cell).replace("\\", "").replace("\xa0", " ")


def test_clauses_stand_in_plain_words_with_what_a_miss_costs(page: Page) -> None:
    app = page("money")
    words = _words(app)
    assert "**Service level** (\\=ns\\*30\\*): at least 80.0" in _raw(app)
    assert "Never worse than 70.0" in words
    assert "answered within 30 s / (answered + abandoned); over all contacts" in words
    assert "€1,500" in words
    assert "25 % of the 12 % of the charge" in words
    assert "more than 110" in words
    table = _table(app, "State")
    assert len(table["State"]) == 8
    assert any("beyond the forecast, waiver" in cell for cell in table["Excused contacts"])
    assert any("could turn it" in cell for cell in table["How sure"])


def test_the_calendar_in_other_periods(page: Page) -> None:
    table = _table(page("money", query={"mgrain": "week"}), "State")
    assert len(table["State"]) == 6


def test_credits_name_their_rule_and_the_range(page: Page) -> None:
    app = page("money", query={"part": "credits"})
    words = _words(app)
    assert "the vendor owes **€0.00**" in words
    assert "By the vendor's own figures it would be €0.00" in words
    table = _table(app, "Amount")
    assert table["Amount"] == ["€667.82", "the charge is not known", "−€667.82"]
    assert "points: 1" in table["How it comes about"][2]
    assert table["Whatever the way of counting"] == [
        "the same however it is counted", "", "−€667.82 … €0.00",
    ]  # fmt: skip


def test_invoices_show_what_differs_first(page: Page) -> None:
    app = page("money", query={"part": "invoices"})
    words = _words(app)
    assert "Of 5 invoiced lines 1 agree" in words
    assert "2 differ (in all +€16.50), 2 can't be verified" in words
    table = _table(app, "Explanation")
    assert sorted(table["Explanation"]) == ["6.5 % more minutes than the contacts give", "another price than agreed"]
    unknown = page("money", query={"part": "invoices", "iverdict": "not_verifiable"})
    table = _table(unknown, "Explanation")
    assert any("up to 9 contacts" in cell for cell in table["Explanation"])


def test_true_cost_stands_beside_in_house(page: Page) -> None:
    app = page("money", query={"part": "cost", "mv": "poitiers"})
    words = _words(app)
    assert "€3.00 billed per contact, **€8.35**" in words
    assert "Lille, fully loaded: **€7.70**" in words
    table = _table(app, "True cost per contact")
    assert table["True cost per resolved contact"][0] == "not yet known"
    own = page("money", query={"part": "cost", "mv": "lille"})
    assert "fully loaded:" not in _words(own)


def test_a_waiver_is_granted_with_its_author(page: Page) -> None:
    app = page("money", query={"part": "waivers", "mv": "poitiers"})
    assert not app.exception
    app.text_input(key="waiver_reason").set_value("storm")
    app.button[0].click().run()
    assert TEXTS["money.waiver_problem.no_author"]["en"] in _words(app)
    app.text_input(key="waiver_author").set_value("Anne")
    app.selectbox(key="waiver_clause").set_value("csat")
    app.button[0].click().run()
    assert TEXTS["money.waiver_written"]["en"] in _words(app)
    assert app.fake.granted == ("poitiers", date(2026, 11, 9), date(2026, 11, 15), "Anne", "storm", None, "csat")
    app.text_input(key="withdraw_author").set_value("Anne")
    app.button[1].click().run()
    assert app.fake.withdrawn == ("w1", "Anne", "")


def test_a_clause_is_tried_and_lives_in_the_url(page: Page) -> None:
    app = page("money", query={"part": "try"})
    assert TEXTS["money.try_help"]["en"] in _words(app)
    app.number_input(key="try_target").set_value(85.0)
    app.selectbox(key="try_variant").set_value("short_excluded")
    app.button[0].click().run()
    words = _words(app)
    assert app.fake.tried[0] == "lille"
    assert app.fake.tried[1] == {
        "metric": "service_level", "target": "0.85", "threshold_s": "30", "variant": "short_excluded",
        "inclusive": "true", "short_abandon_s": "5", "aggregation": "call_weighted", "measurement_period": "month",
        "rounding": "1", "per_point": "1000",
    }  # fmt: skip
    assert "it would have been met in 7 of 12 periods" in words
    assert "Chance of meeting it in one period: 50" in words
    assert '--try "metric=service_level,target=0.85' in words
    assert "No difference on these contacts: Limit: 45 s; On the limit: counts as too late" in words
    shared = page("money", query={"part": "try", "whose": "poitiers", "try": "metric=csat,target=0.9"})
    assert shared.fake.tried == ("poitiers", {"metric": "csat", "target": "0.9"})
    assert "threshold_s: a service level needs it" in _words(shared)
    assert shared.number_input(key="try_target").value == 90.0


@pytest.mark.parametrize("part", ["clauses", "credits", "invoices", "cost", "waivers", "try"])
def test_every_part_in_french(page: Page, part: str) -> None:
    query = {"lang": "FR", "part": part, "try": "metric=service_level,target=0.8,threshold_s=30,variant=answered_only"}
    words = _words(page("money", query=query))
    assert (
        TEXTS[f"money.{ {'clauses': 'clauses', 'credits': 'settled', 'cost': 'true_cost'}.get(part, part) }"]["fr"]
        in words
    )


@pytest.mark.parametrize(
    ("kind", "key"), [("empty", "money.none"), ("not_loaded", "state.not_loaded"), ("broken", "state.workspace_broken")]
)
def test_the_page_says_why_it_is_empty(page: Page, kind: str, key: str) -> None:
    assert TEXTS[key]["en"] in _words(page("money", kind))


def test_one_vendor_alone_and_one_without_work(page: Page) -> None:
    assert TEXTS["money.calendar"]["en"] in _words(page("money", "single"))
    assert TEXTS["money.no_work"]["en"] in _words(page("money", query={"mv": "tana"}))


def test_everything_that_is_said_has_words() -> None:
    assert all(f"money.state.{state}" in TEXTS for state in STATES)
    assert all(f"money.verdict.{verdict}" in TEXTS for verdict in INVOICE_VERDICTS)
    assert all(f"money.reason.{reason}" in TEXTS for reason in INVOICE_REASONS)
    assert all(f"money.rule.{rule}" in TEXTS for rule in Rule.__args__)
    kinds = OtherCost.model_fields["kind"].annotation.__args__
    assert all(f"money.part.{kind}" in TEXTS for kind in kinds)
    (level, _) = fake_money.clauses("v")
    assert all(f"money.parameter.{name}" in TEXTS for name, _, _ in changed_clauses(level))
    assert all(f"money.include.{kept}" in TEXTS for kept in Included.__args__)
    assert all(f"money.transfers_in.{way}" in TEXTS for way in Clause.model_fields["transfers_in"].annotation.__args__)
    assert set(attainment_card.MARKS) == set(STATES)
    assert set(SHAPES) | set(NOT_JUDGED) == set(STATES)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_states_are_told_apart_without_colour(theme: str) -> None:
    rows = fake_money.attained("v").select(
        "state", row="clause_id", month="period_start", label="clause_id", text="state", details="state"
    )
    spec = attainment_calendar(rows, Formats("en"), PALETTES[theme]).to_dict()
    shapes = next(layer["encoding"]["shape"] for layer in spec["layer"] if "shape" in layer["encoding"])
    assert len(set(shapes["scale"]["range"])) == len(SHAPES)
