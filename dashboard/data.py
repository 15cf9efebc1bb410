"""The one module that opens the warehouse.

Everything is cached by version, so a page never mixes two versions, and no cache grows without bound. Pages ask
these functions and show what they return.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import polars as pl
import streamlit as st

from dashboard import models, past
from dashboard.models import (
    GROUPS,
    Change,
    Decision,
    Entry,
    NotReady,
    Published,
    QueueName,
    Review,
    Selection,
    Trust,
    Usual,
    VendorName,
)
from pipelines.answers import actions as register
from pipelines.answers import breach_work, duties, intervals
from pipelines.answers import contacts as drill
from pipelines.answers import waivers as waiver_journal
from pipelines.answers.actions import Action
from pipelines.answers.as_of import end_of_day, known_then, then
from pipelines.answers.both_sides import BothSides, both_sides
from pipelines.answers.breaches import Asked, Breaches, breaches_with_parts, with_money
from pipelines.answers.compare import Compared, compare
from pipelines.answers.data_trust import (
    Behind,
    Restated,
    behind_finding,
    delivery_days,
    reporting_discipline,
    restated_figures,
    restatements,
)
from pipelines.answers.findings import finding_notes
from pipelines.answers.journal import latest_statuses, notes_about, write_note
from pipelines.answers.league import SiteLeague, site_league
from pipelines.answers.ledger_line import LineContacts, line_contacts, listed_contacts
from pipelines.answers.ledger_money import may_be_worth, valued_by
from pipelines.answers.money import ATTAINMENT, Account, Money, accounts_of, attained_by, money_of
from pipelines.answers.moves import StudiedMove, studied_moves
from pipelines.answers.quarter import Quarter, quarters_with_data
from pipelines.answers.reconcile import Reconciled, reconciled, reconciled_vendors, with_status
from pipelines.answers.scorecard import WeekReview, last_complete_week, review_week
from pipelines.answers.service_order import order_of_service
from pipelines.answers.standouts import MOST_CALLS, Standout, leading, standouts
from pipelines.answers.status import judged_feeds
from pipelines.answers.touched import doubts
from pipelines.answers.trial import NotAClause, Trial, proposal, tried
from pipelines.answers.usual_range import decide_phase, decided_phases, undo_phase, usual_range, weekly_values
from pipelines.answers.weekly import judged_card, usual_charts
from pipelines.measures.breaches import Grain
from pipelines.measures.effect import Effect
from pipelines.measures.multiplicity import chance_of_false_signal
from pipelines.measures.scorecard import HISTORY_WEEKS
from pipelines.report.brief import build_brief
from pipelines.report.choice import Choice, Side, newest_entry, read_choice, write_choice
from pipelines.report.model import Document, Edition
from pipelines.report.pack import build_pack
from pipelines.report.pack.build import Pack
from pipelines.report.render import render
from pipelines.trust.expected import feed_punctuality
from pipelines.trust.findings import UNSETTLED, filtered
from pipelines.trust.findings import with_status as findings_with_status
from pipelines.warehouse import OtherRelease, Reader, WrittenMeanwhile
from pipelines.warehouse.publish import read_pointer
from pipelines.wording import Language
from pipelines.workspace import Terms, Workspace, WorkspaceError, find_workspace, load_workspace

#: Due deliveries of this many days are drawn one by one.
CALENDAR_DAYS = 35
#: More rows of one delivery than this are not read into a page.
MOST_ROWS = 100_000
#: Between a version's name and the past day as of which it is read.
_AS_OF = "@"


def published() -> Published | NotReady:
    """The version served now, with the names that go with it; or why there is none."""
    root = find_workspace()
    try:
        workspace = _workspace(root, _stamp(root))
    except WorkspaceError as error:
        return NotReady("workspace_broken", str(root / "inbox"), tuple(str(problem) for problem in error.problems))
    pointer = read_pointer(workspace.state)
    if pointer is None:
        return NotReady("not_loaded", str(workspace.inbox))
    try:
        day = _past_day(workspace)
        return _published(pointer.version if day is None else f"{pointer.version}{_AS_OF}{day}", day)
    except OtherRelease:
        return NotReady("other_release", str(workspace.inbox))


def _past_day(workspace: Workspace) -> date | None:
    """The past day that this page is to be shown as of; None for now, and for a day that is no past one."""
    day = past.asked()
    days = past_days(workspace) if day else None
    return day if day and days and days[0] <= day <= days[1] else None


def past_days(workspace: Workspace | None = None) -> tuple[date, date] | None:
    """The first and last day that pages can be shown as of: the first reception, and yesterday."""
    workspace = workspace or _workspace_now()
    pointer = read_pointer(workspace.state)
    received = _received(pointer.version)["received_at"].dt.date().min() if pointer else None
    yesterday = register.today(workspace) - timedelta(days=1)
    return (received, yesterday) if isinstance(received, date) and received <= yesterday else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _workspace(root: Path, stamp: tuple[tuple[str, int], ...]) -> Workspace:
    return load_workspace(root)


def _stamp(root: Path) -> tuple[tuple[str, int], ...]:
    """Changes when any file of the workspace's configuration does."""
    files = sorted([*root.glob("*.yaml"), *root.glob("terms/*.yaml"), *root.glob("feeds/*.yaml")])
    return tuple((str(file), file.stat().st_mtime_ns) for file in files)


def _workspace_now() -> Workspace:
    root = find_workspace()
    return _workspace(root, _stamp(root))


def _current_workspace() -> Workspace:
    """The workspace as this page shows it: of a past day, with its clock at the end of that day."""
    workspace = _workspace_now()
    day = _past_day(workspace)
    return workspace if day is None else then(workspace, end_of_day(workspace, day))


@st.cache_resource(max_entries=3, show_spinner=False, on_release=lambda reader: reader.close())
def _reader(version: str, state: str) -> Reader:
    return Reader.open(Path(state), version)


def _open(version: str) -> Reader:
    return _at(version)[1]


def _at(version: str) -> tuple[Workspace, Reader]:
    """The workspace and the reader of a version; with ``@`` and a day behind it, as known at the end of that day."""
    name, _, day = version.partition(_AS_OF)
    if day:
        root = find_workspace()
        return _past(name, day, root, _stamp(root))
    workspace = _workspace_now()
    return workspace, _reader(name, str(workspace.state))


@st.cache_resource(max_entries=2, show_spinner=False, on_release=lambda held: held[1].close())
def _past(version: str, day: str, root: Path, stamp: tuple[tuple[str, int], ...]) -> tuple[Workspace, Reader]:
    """What was known at the end of a day, made once and held in memory."""
    workspace, reader = _at(version)
    earlier, known = known_then(workspace, reader, end_of_day(workspace, date.fromisoformat(day)))
    return earlier, known.reader()


def _published(version: str, as_of: date | None) -> Published:
    workspace, reader = _at(version)
    first, last, at = reader.frame("week_range").row(0)
    return Published(
        version=version,
        published_at=datetime.fromisoformat(at) if isinstance(at, str) else at,
        data_until=last,
        weeks=_weeks(first, last_complete_week(reader)),
        zone=workspace.settings.time_zone,
        currency=workspace.settings.currency,
        as_of=as_of,
        baseline=workspace.baseline,
        vendors=_vendor_names(workspace),
        queues=tuple(QueueName(queue.code, queue.name, queue.language) for queue in workspace.queues.values()),
    )


def _vendor_names(workspace: Workspace) -> tuple[VendorName, ...]:
    """The vendors in the pages' order: the baseline, the client's other operations, the rest by name."""
    baseline = workspace.baseline
    vendors = sorted(workspace.vendors.values(), key=lambda vendor: (vendor.code != baseline, vendor.kind, vendor.name))
    return tuple(VendorName(vendor.code, vendor.name, vendor.kind == "in_house") for vendor in vendors)


def _weeks(first: date | None, newest: date | None) -> tuple[date, ...]:
    """Mondays from the last complete week back to the first that has data, the newest first."""
    if first is None or newest is None:
        return ()
    count = (newest - first).days // 7 + 1
    return tuple(newest - timedelta(weeks=back) for back in range(max(count, 1)))


def history_weeks(week: date) -> list[date]:
    """The Mondays of the weeks that a row's history holds, oldest first."""
    return [week - timedelta(weeks=back) for back in reversed(range(HISTORY_WEEKS))]


@st.cache_data(max_entries=48, show_spinner=False)
def _review_week(version: str, week: date, queues: tuple[str, ...] | None) -> WeekReview | None:
    chosen = None if queues is None else list(queues)
    return review_week(*_at(version), week, queues=chosen)


@st.cache_data(max_entries=3, show_spinner=False)
def _judged(version: str) -> pl.DataFrame:
    return judged_feeds(*_at(version))


def _judged_week(version: str, selection: Selection) -> pl.DataFrame:
    last = selection.week + timedelta(days=6)
    judged = _judged(version).filter((pl.col("period_start") <= last) & (pl.col("period_end") >= selection.week))
    return judged if selection.vendors is None else judged.filter(pl.col("vendor").is_in(selection.vendors))


@st.cache_data(max_entries=32, show_spinner=False)
def _judged_card(version: str, week: date, queues: tuple[str, ...] | None, decided: str) -> pl.DataFrame | None:
    """The week's scorecard, judged; ``decided``: which new limits people had decided on by then."""
    review = _review_week(version, week, queues)
    if review is None:
        return None
    whole = compared(version, week, queues).rows.with_columns(queue=pl.lit(None, pl.String))
    phases = decided_phases(_at(version)[0])
    charts = usual_charts(_weekly_values(version, week, queues), review.scorecard, week, phases)
    return judged_card(review.scorecard, whole, charts)


def _decided() -> str:
    """Changes whenever somebody decides on new limits, or takes that back."""
    return repr(decided_phases(_current_workspace()))


def scorecard(version: str, selection: Selection) -> pl.DataFrame:
    """The judged scorecard of the selected vendors: columns of ``models.SCORECARD``, vendors in the pages' order."""
    card = _judged_card(version, selection.week, selection.queues, _decided())
    if card is None:
        return pl.DataFrame(schema=models.SCORECARD)
    order = {vendor: place for place, vendor in enumerate(_vendor_order(version))}
    asked = findings(version).filter(pl.col("status").is_in(UNSETTLED))["finding_id"].to_list()
    card = card.with_columns(findings=pl.col("findings").list.eval(pl.element().is_in(asked)).list.sum())
    if selection.vendors is not None:
        card = card.filter(pl.col("vendor").is_in(selection.vendors))
    place = pl.col("vendor").replace_strict(order, default=len(order), return_dtype=pl.Int64())
    return card.sort(place, maintain_order=True).select(*models.SCORECARD).cast(models.SCORECARD)  # type: ignore[arg-type]


def _vendor_order(version: str) -> list[str]:
    return [vendor.code for vendor in _vendor_names(_current_workspace())]


def review(version: str, selection: Selection) -> Review:
    """What stands out in the selected week: the calls to make, and the rest, heaviest first."""
    about = doubts(findings_of_week(version, selection))
    found = standouts(scorecard(version, selection), _judged_week(version, selection), doubts=about)
    first = leading(found.found, MOST_CALLS)
    rest = [one for one in found.found if one not in first]
    return Review(_changes(first), _changes(rest), found.comparisons, found.expected_by_chance, found.stood)


def _changes(found: Sequence[Standout]) -> tuple[Change, ...]:
    return tuple(Change(one.kind, one.vendor, one.metric, one.values, one.contacts, one.money) for one in found)


def trust(version: str, selection: Selection) -> Trust:
    """What the week's figures rest on."""
    counts = feed_punctuality(_judged_week(version, selection))
    files = _files_of_week(version, selection.week)
    if selection.vendors is not None:
        files = files.filter(pl.col("vendor").is_in(selection.vendors))
    expected = {name: int(counts[name].sum()) for name in ("expected", "on_time", "late", "missing")}
    unsettled = findings_of_week(version, selection).filter(pl.col("status").is_in(UNSETTLED))
    return Trust(
        **(expected if counts.height else dict.fromkeys(expected)),  # type: ignore[arg-type]
        rows_read=int(files["rows_read"].sum()),
        rows_rejected=int(files["rows_rejected"].sum()),
        files=files.height,
        files_refused=int(files["refused"].sum()),
        findings=unsettled.height,
        findings_critical=unsettled.filter(pl.col("severity") == "critical").height,
    )


@st.cache_data(max_entries=3, show_spinner=False)
def deliveries(version: str) -> pl.DataFrame:
    """Every delivery: columns of ``models.DELIVERIES``, the latest reception first."""
    counts = [f"rows_{group}" for group in GROUPS]
    punctual = (
        _judged(version)
        .drop_nulls("delivery_id")
        .select("delivery_id", "punctuality", was_due_at="due_at")
        .unique("delivery_id")
    )
    problem = (
        pl.col("refused")
        | (pl.col("rows_rejected") > 0)
        | (pl.col("status") == "accepted_with_warnings")
        | (pl.col("punctuality") == "late").fill_null(False)
    )
    return (
        _open(version)
        .frame("deliveries")
        .rename({"vendor_code": "vendor"})
        .join(punctual, on="delivery_id", how="left")
        .with_columns(
            *(pl.col(name).fill_null(0) for name in ("rows_read", *counts)),
            due_at=pl.coalesce("was_due_at", "due_at"),
            refused=pl.col("refused_kind").is_not_null(),
        )
        .with_columns(adds_up=pl.col("rows_read") == pl.sum_horizontal(counts), problem=problem)
        .select(*models.DELIVERIES)
        .cast(models.DELIVERIES)  # type: ignore[arg-type]
    )


def totals(shown: pl.DataFrame) -> dict[str, int]:
    """Rows read and rows of each group, summed over the deliveries ``shown``; a file that was read again under a
    corrected mapping counts once."""
    standing = shown.filter(pl.col("status") != "superseded")
    return {name: int(standing[f"rows_{name}"].sum()) for name in ("read", *GROUPS)}


def punctuality(version: str, vendors: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Due deliveries of the last weeks one by one, and all of them counted per vendor and feed."""
    judged = _judged(version).filter(pl.col("vendor").is_in(vendors))
    if judged.is_empty():
        return judged, feed_punctuality(judged)
    newest: date = judged["period_end"].max()  # type: ignore[assignment]
    recent = judged.filter(pl.col("period_end") > newest - timedelta(days=CALENDAR_DAYS))
    return recent, feed_punctuality(judged)


@st.cache_data(max_entries=16, show_spinner=False)
def rejects(version: str, delivery_id: str) -> pl.DataFrame:
    """Rejected cells of one delivery: line, column, raw_value, reason."""
    found = _open(version).frame("delivery_rejects", delivery_id=delivery_id, most=MOST_ROWS)
    return found.select("line", "raw_value", "reason", column="column_name")


@st.cache_data(max_entries=16, show_spinner=False)
def rows(version: str, delivery_id: str, group: str) -> pl.DataFrame:
    """Rows of one delivery in one group: source_row, reason, row_key; the row that decided: other_file, other_row."""
    if group not in GROUPS:
        raise ValueError(f"no such group of rows: {group!r}; there are {', '.join(GROUPS)}")
    found = _open(version).frame("delivery_dispositions", delivery_id=delivery_id, disposition=group, most=MOST_ROWS)
    return found.select("source_row", "reason", "row_key", other_file="other_file_name", other_row="other_source_row")


@st.cache_data(max_entries=64, show_spinner=False)
def days(version: str, selection: Selection, vendor: str) -> pl.DataFrame:
    """The seven days of the week: local_date, contacts, intervals (with contacts) of one vendor; 0 where none came."""
    last = selection.week + timedelta(days=6)
    found = _open(version).frame("day_coverage", first_day=selection.week, last_day=last)
    found = found.filter(pl.col("vendor_code") == vendor)
    if selection.queues is not None:
        found = found.filter(pl.col("queue_code").is_in(selection.queues))
    counted = found.group_by("local_date").agg(pl.col("contacts").sum(), pl.col("intervals").max())
    week = pl.DataFrame({"local_date": [selection.week + timedelta(days=day) for day in range(7)]})
    return week.join(counted, on="local_date", how="left").with_columns(pl.col("contacts", "intervals").fill_null(0))


def files_of_week(version: str, week: date, vendor: str) -> pl.DataFrame:
    """Deliveries of one vendor whose period touches the week."""
    return _files_of_week(version, week).filter(pl.col("vendor") == vendor)


def _files_of_week(version: str, week: date) -> pl.DataFrame:
    """Deliveries whose period touches the week; a file without a period belongs to the week of its reception."""
    last = week + timedelta(days=6)
    received = pl.col("received_at").dt.date()
    first_day, last_day = pl.coalesce("period_start", received), pl.coalesce("period_end", received)
    return deliveries(version).filter((first_day <= last) & (last_day >= week))


@st.cache_data(max_entries=16, show_spinner=False)
def compared(version: str, week: date, queues: tuple[str, ...] | None) -> Compared:
    """Every vendor against in-house on like-for-like contacts, over the window that ends with ``week``."""
    return compare(*_at(version), week, queues=queues)


@st.cache_data(max_entries=32, show_spinner=False)
def league(version: str, week: date, queues: tuple[str, ...] | None, metric: str) -> SiteLeague:
    """Sites and queues of one measure over the same window."""
    return site_league(*_at(version), week, metric, queues=queues)


@st.cache_data(max_entries=8, show_spinner=False)
def _weekly_values(version: str, week: date, queues: tuple[str, ...] | None) -> pl.DataFrame:
    return weekly_values(*_at(version), week, queues=queues)


def usual(version: str, selection: Selection, vendor: str, metric: str) -> Usual:
    """One figure over a year with its usual range and its target, if any."""
    card = scorecard(version, Selection(selection.week, (vendor,), selection.queues))
    targets = card.filter(pl.col("metric") == metric)["target"].to_list()
    target = targets[0] if targets else None
    figures = _weekly_values(version, selection.week, selection.queues)
    phases = decided_phases(_at(version)[0])
    chart = usual_range(figures, selection.week, vendor, metric, target=target, phases=phases)
    points = chart.phases[-1].points if chart.phases else 0
    decided = tuple(
        Decision(one.week, one.author, one.reason, one.at, one.week in set(chart.points["at"]))
        for one in phases.get((vendor, metric), ())
    )
    return Usual(chart, target, chance_of_false_signal(max(points, 1)), decided)


def decide_limits(vendor: str, metric: str, week: date, author: str, reason: str, *, undo: bool = False) -> str | None:
    """New limits of one figure from ``week`` on, or none any more; what is wrong with that, if anything."""
    change = undo_phase if undo else decide_phase
    try:
        change(_current_workspace(), author, vendor, metric, week, reason)
    except ValueError as problem:
        return str(problem)
    return None


@st.cache_data(max_entries=2, show_spinner=False)
def moves(version: str) -> tuple[StudiedMove, ...]:
    """Every declared move, studied."""
    return studied_moves(*_at(version))


def client_side(version: str, week: date) -> BothSides:
    """The client's own side over the window that ends with ``week``, with what people have entered by now."""
    workspace = _current_workspace()
    entered = (duties.questions(workspace), duties.scope_changes(workspace), duties.parities(workspace))
    return _client_side(version, week, repr(entered))


@st.cache_data(max_entries=16, show_spinner=False)
def _client_side(version: str, week: date, entered: str) -> BothSides:
    return both_sides(*_at(version), week)


def open_questions() -> tuple[duties.Question, ...]:
    """Vendors' questions that nobody has answered yet, the oldest first."""
    return tuple(one for one in duties.questions(_current_workspace()) if one.answered_on is None)


def entered_duties(
    kind: Literal["question", "scope_change", "parity"],
) -> tuple[duties.Question | duties.ScopeChange | duties.Parity, ...]:
    """Questions, changes of scope or words on parity that people have entered, but for those taken back."""
    held = {"question": duties.questions, "scope_change": duties.scope_changes, "parity": duties.parities}
    return tuple(held[kind](_current_workspace()))


def withdraw_duty(kind: str, author: str, about_id: str) -> str | None:
    """Take back what was entered by mistake; what is wrong with it, if anything."""
    try:
        duties.withdraw(_current_workspace(), author, kind, about_id)
    except ValueError as problem:
        return str(problem)
    return None


def enter_duty(kind: str, author: str, vendor: str, text: str, **facts: Any) -> str | None:
    """Enter a question, its answer, a change of scope or a word on parity; what is wrong with it, if anything."""
    workspace = _current_workspace()
    try:
        match kind:
            case "question":
                duties.ask(workspace, author, vendor, text, facts["day"])
            case "answer":
                duties.answer(workspace, author, facts["about_id"], facts["day"], text)
            case "scope_change":
                duties.change_scope(workspace, author, vendor, text, facts["day"], facts["told_on"])
            case _:
                duties.state_parity(workspace, author, vendor, facts["area"], facts["extent"], facts["day"], text)
    except ValueError as problem:
        return str(problem)
    return None


def sites_of(vendor: str) -> dict[str, str]:
    """Names of a vendor's sites by their code."""
    return {code: site.name for code, site in _current_workspace().sites.items() if site.vendor == vendor}


def places() -> dict[str, str]:
    """Names of the sites by their code."""
    return {code: site.name for code, site in _current_workspace().sites.items()}


@st.cache_data(max_entries=3, show_spinner=False)
def reporting(version: str) -> tuple[str, ...]:
    """Vendors that have reported anything, in the pages' order."""
    found = set(reconciled_vendors(_open(version)))
    return tuple(code for code in _vendor_order(version) if code in found)


def reconciliation(version: str, vendor: str) -> Reconciled:
    """Every reported figure of one vendor against its contacts, and what people have said of it since."""
    workspace = _at(version)[0]
    found = _valued(version, vendor, waiver_journal.stamp(workspace))
    ledger = with_status(found.ledger.drop("status", "explanation_id"), workspace)
    return replace(found, ledger=ledger)


@st.cache_data(max_entries=8, show_spinner=False)
def _reconciled(version: str, vendor: str) -> Reconciled:
    return reconciled(*_at(version), vendor)


@st.cache_data(max_entries=8, show_spinner=False)
def _valued(version: str, vendor: str, stamp: int) -> Reconciled:
    """With what each difference is worth; the agreement is read only where it may put money on a line."""
    found = _reconciled(version, vendor)
    account = _account(version, vendor, stamp) if may_be_worth(_at(version)[0], found.ledger, vendor) else None
    return valued_by(found, [account] if account else [])


@st.cache_resource(max_entries=8, show_spinner=False)
def _account(version: str, vendor: str, stamp: int) -> Account | None:
    return next(iter(accounts_of(*_at(version), vendor)), None)


def agreements(version: str) -> tuple[str, ...]:
    """Vendors with terms, in the pages' order."""
    held = _current_workspace().terms
    return tuple(code for code in _vendor_order(version) if held.get(code))


def agreement(version: str, vendor: str, *, risk: bool = False) -> Money | None:
    """What the agreement with one vendor has come to; None where nothing of its work has come. ``risk``: with the range
    over the definitions in dispute, which takes seconds."""
    return _agreement(version, vendor, waiver_journal.stamp(_at(version)[0]), risk)


@st.cache_resource(max_entries=16, show_spinner=False)
def _agreement(version: str, vendor: str, stamp: int, risk: bool) -> Money | None:
    account = _account(version, vendor, stamp)
    return None if account is None else money_of([account], risk=risk)


@st.cache_resource(max_entries=16, show_spinner=False)
def _attained(version: str, vendor: str, stamp: int, grain: Any) -> pl.DataFrame:
    account = _account(version, vendor, stamp)
    return pl.DataFrame(schema=ATTAINMENT) if account is None else attained_by([account], grain)


def attained(version: str, vendor: str, grain: str) -> pl.DataFrame:
    """The clauses of one vendor in periods of ``grain``: rows of ``attainment.ATTAINMENT``."""
    return _attained(version, vendor, waiver_journal.stamp(_at(version)[0]), grain)


@st.cache_resource(max_entries=16, show_spinner=False)
def trial(version: str, vendor: str, given: tuple[tuple[str, str], ...]) -> Trial | tuple[str, ...] | None:
    """A proposed clause over the last year of one operation's contacts, or what is wrong with it; None without any."""
    account = _account(version, vendor, waiver_journal.stamp(_at(version)[0]))
    if account is None:
        return None
    try:
        return tried(account, proposal(dict(given)))
    except NotAClause as error:
        return tuple(error.mistakes)


def terms_on(vendor: str, day: date) -> Terms | None:
    """The terms in force with a vendor on a day."""
    return _current_workspace().terms_on(vendor, day)


def grant_waiver(vendor: str, first_day: date, last_day: date, author: str, reason: str, queue: str | None,
                 clause: str | None) -> str | None:  # fmt: skip
    """Excuse a vendor; what is wrong (no_author, no_reason, dates) or None once it is written."""
    try:
        waiver_journal.grant(
            _current_workspace(), vendor=vendor, first_day=first_day, last_day=last_day, author=author, reason=reason,
            queue=queue, clause=clause,
        )  # fmt: skip
    except waiver_journal.NotAWaiver as error:
        return error.problem
    return None


def withdraw_waiver(waiver_id: str, author: str, reason: str) -> str | None:
    """Take a waiver back; what is wrong (no_author, gone) or None once it is written."""
    held = {one.id: one for one in waiver_journal.waivers(_current_workspace())}
    if waiver_id not in held:
        return "gone"
    try:
        waiver_journal.withdraw(_current_workspace(), held[waiver_id], author, reason)
    except waiver_journal.NotAWaiver as error:
        return error.problem
    return None


def entries(about_kind: str, about_id: str) -> tuple[Entry, ...]:
    """What people have said of one thing, the oldest first; never cached, so that everybody sees it at once."""
    return tuple(
        Entry(note.note_id, note.at, note.author, note.status, note.text)
        for note in notes_about(_current_workspace(), about_kind, about_id)
    )


def statuses(about_kind: str) -> dict[str, str]:
    """The latest status of each thing of a kind; what nobody has judged is not in it."""
    return latest_statuses(_current_workspace(), about_kind)


def write_entry(about_kind: str, about_id: str, author: str, text: str, status: str | None, seen: int) -> bool:
    """Add to the journal; False where somebody has written about the same thing since entry ``seen``."""
    return write_note(_current_workspace(), about_kind, about_id, author, text, status, seen)  # type: ignore[arg-type]


def contacts_of_line(version: str, line: dict[str, Any]) -> LineContacts:
    """What stands behind one line of the ledger: outcomes, and the files that brought the contacts."""
    return line_contacts(*_at(version), line)


def list_contacts_of_line(version: str, line: dict[str, Any]) -> pl.DataFrame:
    """The contacts behind one line, one by one."""
    return listed_contacts(*_at(version), line)


@st.cache_data(max_entries=3, show_spinner=False)
def _findings(version: str) -> pl.DataFrame:
    return _open(version).frame("findings")


def findings(version: str) -> pl.DataFrame:
    """Every finding, closed ones too, with what people have said of it: status, status_by, status_at, comment."""
    return findings_with_status(_findings(version), finding_notes(_at(version)[0]))


def findings_of_week(version: str, selection: Selection) -> pl.DataFrame:
    """Findings that are still there and touch the selected week and vendors, the gravest first."""
    week = (selection.week, selection.week + timedelta(days=6))
    found = filtered(findings(version), period=week)
    return found if selection.vendors is None else found.filter(pl.col("vendor").is_in(selection.vendors))


@st.cache_data(max_entries=3, show_spinner=False)
def _received(version: str) -> pl.DataFrame:
    return _open(version).frame("deliveries").rename({"vendor_code": "vendor"})


@st.cache_data(max_entries=32, show_spinner=False)
def delivery_grid(version: str, first: date, last: date) -> pl.DataFrame:
    """What became of every day of every feed that was due: columns of ``answers.data_trust.GRID``."""
    present = _findings(version).filter(pl.col("closed_at").is_null())
    return delivery_days(_judged(version), _received(version), present, first, last)


@st.cache_data(max_entries=3, show_spinner=False)
def discipline(version: str) -> pl.DataFrame:
    """How each vendor has reported month by month (``answers.data_trust.reporting_discipline``)."""
    expected = _open(version).frame("expected_days", first_day=date.min, last_day=date.max)
    return reporting_discipline(_judged(version), _received(version), expected)


@st.cache_data(max_entries=32, show_spinner=False)
def behind(version: str, finding_id: str) -> Behind:
    """The deliveries and rows that a finding rests on."""
    row = _findings(version).row(by_predicate=pl.col("finding_id") == finding_id, named=True)
    return behind_finding(_open(version), row, _judged(version))


@st.cache_data(max_entries=3, show_spinner=False)
def changed_later(version: str) -> pl.DataFrame:
    """Deliveries that changed rows already held, the latest first."""
    return restatements(_received(version))


@st.cache_data(max_entries=16, show_spinner=False)
def restated(version: str, delivery_id: str) -> Restated:
    """The figures that a restating delivery changed, before and after it."""
    row = changed_later(version).row(by_predicate=pl.col("delivery_id") == delivery_id, named=True)
    return restated_figures(*_at(version), row)


@st.cache_data(max_entries=3, show_spinner=False)
def checks(version: str) -> pl.DataFrame:
    """The results of the last run of every check: pass, fail, error."""
    return _open(version).frame("check_results")


def missed(version: str, week: date, vendor: str, grain: Grain) -> pl.DataFrame:
    """Where a vendor's clauses missed their target in the week (or the months it touches), and what people do about
    it: ``answers.breaches.BREACHES`` and ``answers.breach_work.WORK``."""
    workspace = _at(version)[0]
    return breach_work.with_work(workspace, _breaches(version, week, vendor, grain, _excuses(workspace)).rows)


def causes(version: str, week: date, vendor: str, grain: Grain, metric: str) -> pl.DataFrame:
    """What lies between target and figure in every cell of the week: ``answers.breaches.SPLIT``."""
    found = _breaches(version, week, vendor, grain, _excuses(_at(version)[0]))
    return found.parts.filter(pl.col("metric") == metric)


@st.cache_data(max_entries=32, show_spinner=False)
def _breaches(version: str, week: date, vendor: str, grain: Grain, excuses: int) -> Breaches:
    """``excuses``: how many waivers have been written; a new one is a new answer."""
    (workspace, reader), last = _at(version), week + timedelta(days=6)
    account = _account(version, vendor, waiver_journal.stamp(workspace))
    asked = Asked(week, last, vendor, grain=grain)
    found = breaches_with_parts(workspace, reader, asked, [account] if account else [])
    return replace(found, rows=with_money(found.rows, account.settled if account else ()))


def _excuses(workspace: Workspace) -> int:
    return len(notes_about(workspace, breach_work.WAIVER))


@st.cache_data(max_entries=32, show_spinner=False)
def order(version: str, first: date, last: date, vendor: str) -> pl.DataFrame:
    """How a vendor's queues were served from ``first`` to ``last``: ``answers.service_order.ORDER``."""
    return order_of_service(*_at(version), first, last, vendor)


@st.cache_data(max_entries=32, show_spinner=False)
def interval_cells(
    version: str, week: date, vendors: tuple[str, ...], queues: tuple[str, ...] | None, site: str | None = None
) -> pl.DataFrame:
    """The week of ``vendors`` day by interval: ``answers.intervals.CELLS``."""
    last = week + timedelta(days=6)
    return intervals.interval_cells(*_at(version), week, last, vendors, queues=queues, site=site)


@st.cache_data(max_entries=32, show_spinner=False)
def contacts(version: str, cell: drill.Cell, order: drill.Order, most: int) -> drill.Contacts:
    """The contacts of a cell, those that matter most first."""
    return drill.contacts(*_at(version), cell, order, most)


@st.cache_data(max_entries=32, show_spinner=False)
def contacts_account(version: str, cell: drill.Cell) -> drill.Account:
    """How the contacts of a cell add up: by outcome and by file."""
    return drill.account(_open(version), cell)


@st.cache_data(max_entries=16, show_spinner=False)
def one_contact(version: str, cell: drill.Cell, leg: str) -> drill.OneContact | None:
    """One contact with its versions and the journey of its customer."""
    return drill.one_contact(*_at(version), cell, leg)


def breaches_worked_on(first: date, last: date) -> list[tuple[breach_work.Named, breach_work.Standing]]:
    """Breaches of the days of which people have said anything; never cached."""
    return breach_work.worked_on(_current_workspace(), first, last)


def breach_standing(name: str) -> breach_work.Standing:
    """What people have said of one breach; never cached."""
    return breach_work.standing(_current_workspace(), name)


def write_breach(
    name: str, author: str, text: str, status: str | None, assignee: str | None, cause: str | None, seen: int
) -> bool:
    """Add an entry about a breach; False where somebody has written about it since entry ``seen``."""
    try:
        breach_work.write_work(
            _current_workspace(),
            name,
            author,
            text,
            status=status,
            assignee=assignee,
            cause=cause,
            seen=seen,  # type: ignore[arg-type]
        )
    except WrittenMeanwhile:
        return False
    return True


def excuse_breach(
    name: str, author: str, reason: str, vendor: str, queue: str | None, clause: str | None, first: date, last: date,
    seen: int,
) -> bool:  # fmt: skip
    """Excuse a breach by a waiver of whole days; False where somebody has written about it since entry ``seen``."""
    try:
        breach_work.excuse(
            _current_workspace(), name, author, reason, vendor=vendor, queue=queue, clause=clause, first_day=first,
            last_day=last, seen=seen,
        )  # fmt: skip
    except WrittenMeanwhile:
        return False
    return True


def actions(vendor: str | None = None, about: tuple[str, str] | None = None) -> list[Action]:
    """Actions as they stand, open ones first; never cached."""
    return register.actions(_current_workspace(), vendor=vendor, about=about)


def action_effects(version: str, found: tuple[Action, ...]) -> dict[str, Effect]:
    """What became of the figures that actions were to change."""
    if not found:
        return {}
    return _action_effects(version, tuple((one.action_id, one.newest) for one in found))


@st.cache_data(max_entries=8, show_spinner=False)
def _action_effects(version: str, names: tuple[tuple[str, int], ...]) -> dict[str, Effect]:
    """By the numbers of their newest entries: an action that was changed is judged anew."""
    wanted = {name for name, _ in names}
    found = [one for one in register.actions(_at(version)[0]) if one.action_id in wanted]
    return register.effects(*_at(version), found)


def today() -> date:
    """The workspace's day, by which an action is overdue: where its clock stands still, that day."""
    return register.today(_current_workspace())


def add_action(
    author: str, vendor: str, what: str, side: register.Side, owner: str, due: date | None,
    about: tuple[str, str] | None, metric: str | None, queue: str | None,
) -> None:  # fmt: skip
    """Write a new action. Raises ``ValueError`` where a part of it is not known or missing."""
    register.add_action(
        _current_workspace(), author, vendor, what, side=side, owner=owner, due=due, about=about, metric=metric,
        queue=queue,
    )  # fmt: skip


def change_action(author: str, action: Action, text: str, state: register.State) -> bool:
    """Say how an action stands; False where somebody else has changed it meanwhile."""
    try:
        register.change_action(_current_workspace(), author, action, text, state=state)
    except WrittenMeanwhile:
        return False
    return True


def _journal_stamp() -> tuple[int, ...]:
    """Changes when anybody has written into the journal: documents hold what people decided."""
    path = _current_workspace().journal_path
    files = [path, path.with_name(f"{path.name}-wal")]
    return tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)


def brief(version: str, week: date, language: Language) -> Document | None:
    """The weekly brief of the week that begins on ``week``."""
    return _brief(version, week, language, _journal_stamp())


@st.cache_data(max_entries=8, show_spinner=False)
def _brief(version: str, week: date, language: Language, stamp: tuple[int, ...]) -> Document | None:
    workspace, reader = _at(version)
    return build_brief(workspace, reader, week, language=language, as_of=workspace.known_until)


@st.cache_data(max_entries=3, show_spinner=False)
def quarters(version: str) -> tuple[str, ...]:
    """Names of the quarters that there are data of, the last whole one first, then the others, the newest first."""
    reader = _open(version)
    held = quarters_with_data(reader, _current_workspace().settings.fiscal)
    last = reader.frame("week_range").row(0)[1]
    whole = [one for one in held if one.last_day <= last]
    return tuple(one.name for one in (*whole[:1], *(one for one in held if one not in whole[:1])))


def pack(version: str, vendor: str, quarter: str, edition: Edition, language: Language) -> Pack:
    """The quarterly pack of one vendor, and all that could be told in its summary."""
    return _pack(version, vendor, quarter, edition, language, _journal_stamp())


@st.cache_data(max_entries=6, show_spinner=False)
def _pack(
    version: str, vendor: str, quarter: str, edition: Edition, language: Language, stamp: tuple[int, ...]
) -> Pack:
    workspace, reader = _at(version)
    return build_pack(
        workspace, reader, vendor, _quarter(quarter), edition=edition, language=language, as_of=workspace.known_until
    )


def pack_choice(vendor: str, quarter: str) -> tuple[Choice | None, int]:
    """What a person chose for the summary of a pack (None: nothing, the rules hold), and the newest entry about it."""
    workspace = _current_workspace()
    key = _quarter(quarter).key
    return read_choice(workspace, vendor, key), newest_entry(workspace, vendor, key)


def _quarter(name: str) -> Quarter:
    return Quarter.of(name, _current_workspace().settings.fiscal)


def choose_for_pack(
    vendor: str,
    quarter: str,
    author: str,
    items: Mapping[Side, Sequence[str]] | None,
    own: Mapping[str, str],
    seen: int,
) -> bool:
    """Keep a person's choice (None: back to the rules); False where somebody else has chosen since entry ``seen``."""
    try:
        write_choice(_current_workspace(), author, vendor, _quarter(quarter).key, items, own, after=seen)
    except WrittenMeanwhile:
        return False
    return True


def document_file(document: Document, ending: str) -> bytes:
    """A document as a file, slides on the company's own template where the workspace names one."""
    named = _current_workspace().settings.documents.template
    found = _current_workspace().root / named if named else None
    return render(document, ending, found if found is not None and found.is_file() else None)
