"""The pack: its sections in their order, what is told by rule, what a person chose, what an edition may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from pipelines.answers.actions import add_action, change_action
from pipelines.answers.as_of import as_known_at
from pipelines.answers.money import Money, accounts_of, money, money_of, summed
from pipelines.answers.quarter import (
    Quarter,
    busy_and_quiet,
    fiscal_quarter,
    next_quarter,
    quarter_figures,
    quarters_with_data,
    with_change,
)
from pipelines.answers.reconcile import reconciled
from pipelines.measures.agreement.periods import Calendar
from pipelines.report.choice import newest_entry, read_choice, write_choice
from pipelines.report.commands import quarter_of
from pipelines.report.model import Document, Missing, Sentence, charts, document_json, figures, tables
from pipelines.report.pack import build_pack
from pipelines.report.pack.build import Pack
from pipelines.report.render import ENDINGS, render
from pipelines.report.render.paper import missing_scripts
from pipelines.warehouse import Journal, Reader, WrittenMeanwhile, journal
from pipelines.workspace import Workspace
from pipelines.workspace.company import Fiscal
from tests.report.conftest import QUARTER, Packs
from tests.report.reading import everything, pdf_text, slides_text

ORDER = (
    "summary", "actions", "clauses", "discipline", "service", "voice", "fair", "causes", "workforce", "commercial",
    "client", "incidents", "plan", "next", "appendix",
)  # fmt: skip


def test_sections_stand_in_the_order_of_the_review(packs: Packs) -> None:
    for vendor in ("casablanca", "tana"):
        document = packs(vendor).document
        assert tuple(section.key for section in document.sections) == ORDER
        assert [section.number for section in document.sections] == [*range(1, 15), None]
        assert all(section.blocks for section in document.sections)


def test_every_number_says_what_it_rests_on(packs: Packs) -> None:
    document = packs("casablanca").document
    found = figures(document)
    assert len(found) > 100
    for _, name, cell in found:
        held = cell.evidence
        assert held is not None
        assert held.definition_id, name
        assert held.query, name
        assert held.version == document.version, name
        if cell.kind == "share" and held.numerator is not None and held.denominator and cell.value is not None:
            known = held.definition_id.split(".")[0]
            if known in ("service_level", "abandon_rate", "csat", "repeat_rate", "refund_rate", "response_rate"):
                assert cell.value in (pytest.approx(held.numerator / held.denominator), pytest.approx(cell.value))


def test_figures_of_a_quarter_are_sums_of_its_days(workspace: Workspace, reader: Reader) -> None:
    held = quarter_figures(workspace, reader, [QUARTER], "casablanca")
    rows = {row["metric"]: row for row in held.iter_rows(named=True)}
    days = reader.frame("day_forecast", first_day=QUARTER.first_day, last_day=QUARTER.last_day)
    offered = days.filter(pl.col("vendor_code") == "casablanca")["actual"].sum()
    assert rows["offered"]["value"] == offered == rows["abandon_rate"]["denominator"]
    assert rows["service_level"]["value"] == pytest.approx(rows["service_level"]["numerator"] / offered)
    assert rows["service_level"]["low"] < rows["service_level"]["value"] < rows["service_level"]["high"]
    assert rows["offered"]["data_share"] == pytest.approx(1.0)


def test_busy_and_quiet_hours_make_the_whole(workspace: Workspace, reader: Reader) -> None:
    whole = quarter_figures(workspace, reader, [QUARTER], "casablanca").filter(pl.col("metric") == "service_level")
    parts = busy_and_quiet(workspace, reader, [QUARTER], "casablanca").filter(pl.col("metric") == "service_level")
    assert parts["busy"].sort().to_list() == [False, True]
    assert parts["numerator"].sum() == whole["numerator"].sum()
    assert parts["denominator"].sum() == whole["denominator"].sum()
    busy = parts.filter(pl.col("busy"))
    assert 0.5 <= busy["denominator"].sum() / whole["denominator"].sum() < 0.55


def test_a_change_has_an_interval_around_it(workspace: Workspace, reader: Reader) -> None:
    held = quarter_figures(workspace, reader, [QUARTER.later(-1), QUARTER], "casablanca")
    changed = with_change(held, QUARTER).filter(pl.col("change_low").is_not_null())
    assert changed.height >= 8
    assert (changed["change_low"] <= changed["change"]).all()
    assert (changed["change"] <= changed["change_high"]).all()


def test_quarters_know_their_days() -> None:
    quarter = Quarter.of("2026-Q1")
    assert (quarter.first_day.isoformat(), quarter.last_day.isoformat()) == ("2026-01-01", "2026-03-31")
    assert quarter.later(-1) == Quarter(2025, 4)
    assert quarter.later(4) == Quarter(2027, 1)
    assert quarter.last_week.isoformat() == "2026-03-23"
    assert Quarter.holding(quarter.last_day) == quarter
    with pytest.raises(ValueError, match="2026-Q5"):
        Quarter.of("2026-Q5")


@pytest.mark.parametrize(
    ("year_start", "month_start", "name", "first", "same_as"),
    [
        (4, 1, "2026-27-Q2", "2026-07-01", "2026-Q3"),
        (7, 1, "2026-27-Q1", "2026-07-01", "2026-Q3"),
        (4, 22, "2026-27-Q2", "2026-07-22", None),
        (2, 1, "2026-27-Q3", "2026-08-01", None),
        (12, 22, "2025-26-Q3", "2026-06-22", None),
    ],
)
def test_a_fiscal_year_has_quarters_of_its_own(
    year_start: int, month_start: int, name: str, first: str, same_as: str | None
) -> None:
    fiscal = Fiscal(year_start=year_start, month_start=month_start)
    quarter = Quarter.holding(date(2026, 8, 24), fiscal)
    assert (quarter.name, quarter.first_day.isoformat()) == (name, first)
    assert Quarter.of(name, fiscal) == quarter
    assert quarter.key == (same_as or name)
    # Clauses are measured over the same quarters.
    measured = Calendar(month_start=month_start, year_start=year_start).period_of(date(2026, 8, 24), "quarter")
    assert (quarter.first_day, quarter.last_day) == measured
    assert fiscal_quarter(Quarter.of("2026-Q3"), fiscal) == (quarter if same_as else None)
    assert quarter.later(-4).first_day == quarter.first_day.replace(year=quarter.first_day.year - 1)
    with pytest.raises(ValueError, match="no fiscal year"):
        Quarter.of(name)
    with pytest.raises(ValueError, match="is not a fiscal year"):
        Quarter.of("2026-29-Q1", fiscal)


HOSTILE_NAME = '=HYPERLINK("http://x.example") شركة الأطلس 客户服务'


@pytest.fixture(scope="module")
def unusual(workspace: Workspace, reader: Reader) -> Document:
    """A vendor with a hostile name and without surveys, in a company whose months begin on the 22nd, in French."""
    named = workspace.vendors["porto"].model_copy(update={"name": HOSTILE_NAME})
    own = replace(
        workspace,
        settings=workspace.settings.model_copy(update={"fiscal": Fiscal(year_start=1, month_start=22)}),
        vendors=workspace.vendors | {"porto": named},
    )
    quarter = quarter_of(own, reader, None)
    assert quarter.name == "2026-27-Q3"
    return build_pack(own, WithoutSurveys(reader), "porto", quarter, language="fr").document  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def unusual_files(unusual: Document) -> dict[str, bytes]:
    return {ending: render(unusual, ending) for ending in ENDINGS}


def test_a_company_whose_months_begin_on_the_22nd_reviews_its_own_quarters(unusual: Document) -> None:
    document = unusual
    assert (document.period_start, document.period_end) == (date(2026, 7, 22), date(2026, 10, 21))
    assert "T3 de l'exercice 2026-27" in document.subtitle
    assert document.subtitle.endswith("22/07/2026\u00a0– 21/10/2026")
    chart = next(chart for section, chart in charts(document) if section.key == "service")
    assert chart.categories[-1] == "2026-27-Q3"


def test_next_quarter_is_the_one_of_last_year_times_growth(reader: Reader) -> None:
    rows = next_quarter(reader, QUARTER, "casablanca").rows
    whole = rows.row(-1, named=True)
    assert whole["queue"] is None
    assert whole["expected"] == pytest.approx(whole["next_before"] * whole["now"] / whole["now_before"])
    assert rows["now"][:-1].sum() == whole["now"]
    early = next_quarter(reader, quarters_with_data(reader)[-2], "casablanca")
    assert early.short is not None
    assert early.rows["expected"].null_count() == early.rows.height


@dataclass(frozen=True)
class Chosen:
    """A pack whose summary a person chose from what a rule had told, under terms in dirham."""

    workspace: Workspace
    risks: list[str]
    choice: dict[str, list[str]]
    document: Document


@pytest.fixture(scope="module")
def chosen(workspace: Workspace, reader: Reader, packs: Packs, tmp_path_factory: pytest.TempPathFactory) -> Chosen:
    dirham = [terms.model_copy(update={"currency": "MAD"}) for terms in workspace.terms["casablanca"]]
    own = replace(workspace, root=tmp_path_factory.mktemp("chosen"), terms={**workspace.terms, "casablanca": dirham})
    risks = [item.item_id for item in packs("casablanca").items if item.side == "risk"]
    choice = {"win": [], "risk": [risks[-1], risks[0], "own:1", "gone:already"], "decision": []}
    write_choice(own, "Ana", "casablanca", QUARTER.name, choice, {"own:1": "Two agents leave in October."}, after=0)
    document = build_pack(own, reader, "casablanca", QUARTER, edition="internal").document
    return Chosen(own, risks, choice, document)


def test_wins_and_risks_come_by_rule_and_can_be_chosen(packs: Packs, chosen: Chosen) -> None:
    by_rule = packs("casablanca")
    told = [block for block in by_rule.document.sections[0].blocks if isinstance(block, Sentence) and block.item]
    assert len(told) <= 9
    assert {item.side for item in by_rule.items} == {"win", "risk", "decision"}
    summary = [block for block in chosen.document.sections[0].blocks if isinstance(block, Sentence)]
    now = [block for block in summary if block.item]
    assert [block.item for block in now] == [chosen.risks[-1], chosen.risks[0], "own:1"]
    assert now[-1].text == "Two agents leave in October."
    assert any("Ana" in block.text for block in summary)


def test_a_choice_is_not_written_over_another_and_can_be_taken_back(chosen: Chosen) -> None:
    own = chosen.workspace
    with pytest.raises(WrittenMeanwhile):
        write_choice(own, "Bo", "casablanca", QUARTER.name, chosen.choice, after=0)
    write_choice(own, "Bo", "casablanca", QUARTER.name, None, after=newest_entry(own, "casablanca", QUARTER.name))
    assert read_choice(own, "casablanca", QUARTER.name) is None
    early = replace(own, known_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert newest_entry(early, "casablanca", QUARTER.name) == 0


@dataclass(frozen=True)
class Planted:
    """Both editions of a pack in which names, prices, contacts of every other vendor are canaries."""

    vendor: Document
    internal: Document
    canaries: tuple[bytes, ...]
    codes: tuple[bytes, ...]


@pytest.fixture(scope="module")
def planted(workspace: Workspace, reader: Reader) -> Planted:
    canaries: list[bytes] = []
    vendors = {}
    for number, (code, vendor) in enumerate(workspace.vendors.items()):
        name = vendor.name if code == "casablanca" else f"Zz Canary {number} Ltd"
        vendors[code] = vendor.model_copy(update={"name": name})
        if code != "casablanca":
            canaries += [name.encode(), f"canary {number}".encode()]
    sites = {code: site.model_copy(update={"name": f"Canary site {code}"}) for code, site in workspace.sites.items()}
    own = replace(workspace, vendors=vendors, sites=sites)
    return Planted(
        build_pack(own, reader, "casablanca", QUARTER, edition="vendor").document,
        build_pack(own, reader, "casablanca", QUARTER, edition="internal").document,
        (*canaries, b"Canary site"),
        tuple(code.encode() for code in vendors if code != "casablanca"),
    )


def test_a_vendor_edition_holds_nothing_of_others(planted: Planted) -> None:
    """No byte of any format holds a canary."""
    for ending in ENDINGS:
        made = render(planted.vendor, ending)
        held = everything(made) + (pdf_text(made).encode() if ending == ".pdf" else b"")
        for canary in (*planted.canaries, *planted.codes):
            assert canary.lower() not in held.lower(), (ending, canary)
        whole = render(planted.internal, ending)
        shown = everything(whole) + (pdf_text(whole).encode() if ending == ".pdf" else b"")
        assert b"Zz Canary" in shown, ending
    # The model itself, with every figure's evidence: what no byte search in a packed font could tell.
    said = repr(document_json(planted.vendor)).lower()
    assert not [word for word in (*planted.canaries, *planted.codes) if word.decode().lower() in said]


def test_a_vendor_edition_holds_no_figure_of_others(planted: Planted) -> None:
    """The in-house team's own value and other vendors' volumes are in the internal edition alone."""
    own, whole = planted.vendor, planted.internal
    keys = {table.key for _, table in tables(own)}
    assert {"allocation", "own_findings", "beside_home"} <= {table.key for _, table in tables(whole)}
    assert not {"allocation", "own_findings", "beside_home"} & keys
    compared = next(table for _, table in tables(whole) if table.key == "fair")
    shown = next(table for _, table in tables(own) if table.key == "fair")
    assert len(shown.columns) == len(compared.columns) - 2
    assert not [
        block for section in own.sections for block in section.blocks if isinstance(block, Sentence) and block.link
    ]


def test_a_pack_speaks_in_the_currency_of_its_terms(chosen: Chosen) -> None:
    document = chosen.document
    assert document.currency == "MAD"
    money = [
        cell
        for _, table in tables(document)
        for row in table.rows
        for cell in row
        if cell.kind == "money" and cell.value
    ]
    assert len(money) > 20
    assert all("MAD" in cell.text for cell in money)
    # The in-house team is paid in euro: without an exchange rate nothing is set beside it.
    assert not [table for _, table in tables(document) if table.key == "beside_home"]


def test_the_past_is_rebuilt_to_the_same_numbers(workspace: Workspace, reader: Reader) -> None:
    """Last quarter's pack as of a day: twice the same, and none of it from what came later."""
    instant = datetime(2025, 10, 13, 10, tzinfo=UTC)
    quarter = Quarter(2025, 3)
    with as_known_at(workspace, reader, instant) as (then, past):
        first, second = (
            build_pack(then, past, "casablanca", quarter, edition="internal", as_of=instant).document for _ in range(2)
        )
    assert first == second
    assert first.as_of == instant
    files = next(table for _, table in tables(first) if table.key == "deliveries")
    assert files.rows
    received = reader.frame("deliveries").filter(pl.col("received_at") > instant)["sha256"].to_list()
    assert not {row[-1].text for row in files.rows} & set(received)


def test_one_week_of_data_makes_a_whole_pack(workspace: Workspace, reader: Reader) -> None:
    instant = datetime(2025, 7, 8, 12, tzinfo=UTC)
    with as_known_at(workspace, reader, instant) as (then, past):
        document = build_pack(then, past, "casablanca", Quarter(2025, 3), edition="internal", language="fr").document
    assert tuple(section.key for section in document.sections) == ORDER
    missing = [block.text for section in document.sections for block in section.blocks if isinstance(block, Missing)]
    assert missing
    for ending in ENDINGS:
        assert render(document, ending)


def test_a_quarter_without_data_says_so(workspace: Workspace, reader: Reader) -> None:
    document = build_pack(workspace, reader, "porto", Quarter(2024, 1), edition="vendor").document
    assert tuple(section.key for section in document.sections) == ORDER
    for ending in ENDINGS:
        assert render(document, ending)


@dataclass(frozen=True)
class Reviewed:
    """A pack after a review: a finding is disputed, and there are actions."""

    disputed: str
    pack: Pack


@pytest.fixture(scope="module")
def reviewed(
    workspace: Workspace, reader: Reader, packs: Packs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reviewed]:
    own = replace(workspace, root=tmp_path_factory.mktemp("reviewed"))
    finding = next(item.item_id for item in packs("casablanca").items if item.item_id.startswith("define:"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "datetime", Then)
        Then.at = datetime(2026, 4, 20, 9, tzinfo=UTC)
        done = add_action(own, "Ana", "casablanca", "More agents in the evening", side="vendor", owner="=Bo",
                          due=date(2026, 5, 18), metric="service_level", queue="commande_fr")  # fmt: skip
        add_action(own, "Ana", "casablanca", "Say who is new", side="client", owner="Cy", due=date(2026, 9, 1))
        Then.at = datetime(2026, 5, 18, 9, tzinfo=UTC)
        change_action(own, "Ana", done, state="done")
        Then.at = datetime(2026, 8, 1, 9, tzinfo=UTC)
        add_action(
            own, "Ana", "casablanca", "Agree on the definition", side="client", owner="Ana", metric="service_level"
        )
        of_finding = finding.removeprefix("define:")
        Journal(own.journal_path).write("Atlas", "finding", of_finding, "Not ours", status="disputed")
        yield Reviewed(finding, build_pack(own, reader, "casablanca", QUARTER, edition="vendor", language="fr"))


def test_what_is_disputed_asks_for_a_decision(reviewed: Reviewed) -> None:
    ids = {item.item_id for item in reviewed.pack.items if item.side == "decision"}
    assert reviewed.disputed.replace("define:", "settle:") in ids
    assert reviewed.disputed not in ids
    table = next(table for _, table in tables(reviewed.pack.document) if table.key == "findings")
    assert "contesté" in {row[-1].text for row in table.rows}


@pytest.fixture(scope="module")
def own_money(workspace: Workspace, reader: Reader) -> Money:
    """What the command ``money`` says of the vendor's quarter."""
    return money(workspace, reader, "casablanca").of_period(QUARTER.first_day, QUARTER.last_day)


def test_the_full_cost_stands_beside_the_in_house_teams(
    workspace: Workspace, reader: Reader, packs: Packs, own_money: Money
) -> None:
    """The same whole months of both, and the figures of the command ``money``."""
    home = money_of(accounts_of(workspace, reader, "lille"), risk=False)
    table = next(table for _, table in tables(packs("casablanca").document) if table.key == "beside_home")
    held_of = (own_money, home.of_period(QUARTER.first_day, QUARTER.last_day))
    for held, row in zip(held_of, table.rows, strict=True):
        known = summed(held.costs)
        assert known is not None
        shown = [cell.value for cell in row[1:]]
        assert shown == [known.total, known.handled, known.per_contact, known.resolved, known.per_resolved]
    assert not [table for _, table in tables(packs("lille").document) if table.key == "beside_home"]


def test_actions_of_the_last_review_say_whether_their_figure_moved(reviewed: Reviewed) -> None:
    document = reviewed.pack.document
    held = {table.key: [[cell.text for cell in row] for row in table.rows] for _, table in tables(document)}
    assert [row[0] for row in held["last_actions"]] == ["Say who is new", "More agents in the evening"]
    assert [row[4] for row in held["last_actions"]] == ["■ en retard", "fait"]
    assert re.search(
        r"au-delà du hasard\u00a0: niveau de service 7\d,\d\u202f% → 7\d,\d\u202f%", held["last_actions"][1][5]
    )
    assert [row[0] for row in held["plan"]] == ["Say who is new", "Agree on the definition"]
    counted = next(section for section in document.sections if section.key == "actions").blocks[0]
    assert isinstance(counted, Sentence)
    assert counted.text == "2 actions\u00a0: 1 faite, 1 ouverte, dont 1 en retard."


class Then(datetime):
    """The clock of the journal, at ``at``."""

    at: datetime

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.at


class WithoutSurveys:
    """A version into which no survey has ever come."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self.version = reader, reader.version

    def frame(self, name: str, **given: Any) -> pl.DataFrame:
        found = self._reader.frame(name, **given)
        return found.clear() if "survey" in name else found


def test_without_surveys_satisfaction_is_said_to_be_missing(unusual: Document, unusual_files: dict[str, bytes]) -> None:
    voice = next(section for section in unusual.sections if section.key == "voice")
    assert any("Aucune enquête" in block.text for block in voice.blocks if isinstance(block, Missing))
    assert not [chart for section, chart in charts(unusual) if section.key == "voice"]
    assert all(unusual_files.values())


def test_any_name_goes_through_a_whole_pack(unusual: Document, unusual_files: dict[str, bytes]) -> None:
    assert HOSTILE_NAME in unusual.title
    assert HOSTILE_NAME in slides_text(unusual_files[".pptx"])
    assert not missing_scripts(HOSTILE_NAME)
    assert unusual_files[".pdf"]
    assert HOSTILE_NAME.replace('"', "&quot;") in unusual_files[".html"].decode()


def test_rooms_say_the_same_as_the_pack(workspace: Workspace, reader: Reader, packs: Packs, own_money: Money) -> None:
    """The pack's clauses are those of the command ``money``, its counts those of ``reconcile``."""
    document = packs("casablanca").document
    found = own_money
    shown = next(table for _, table in tables(document) if table.key == "clauses")
    assert len(shown.rows) == found.attained.height
    values = found.attained.sort("clause_id", "queue", "period_start")["value"].to_list()
    assert [row[3].value for row in shown.rows] == values
    credits = next(table for _, table in tables(document) if table.key == "settlements")
    assert [row[2].value for row in credits.rows] == [one.net for one in found.settled]
    lines = next(table for _, table in tables(document) if table.key == "reported")
    ledger = reconciled(workspace, reader, "casablanca").of_period(QUARTER.first_day, QUARTER.last_day).ledger
    assert sum(int(row[1].value) for row in lines.rows) == ledger.height  # type: ignore[arg-type, call-overload]
