"""The weekly brief: one page for the director's Monday, each sentence with its figure and the page that explains it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import holidays
import polars as pl

from pipelines.answers.actions import Action, actions, today
from pipelines.answers.both_sides import CHANGE_WEEKS, both_sides
from pipelines.answers.breaches import Asked, breaches
from pipelines.answers.findings import findings_with_status
from pipelines.answers.scorecard import WeekReview
from pipelines.answers.standouts import MOST_CALLS, Standout, leading
from pipelines.answers.status import judged_feeds
from pipelines.answers.weekly import JudgedWeek, judged_week
from pipelines.measures.catalogue import MEASURES
from pipelines.report.model import Block, Cell, Document, Section, Sentence, Table, steady
from pipelines.report.words import Writer, speech_of
from pipelines.trust.expected import feed_punctuality
from pipelines.trust.findings import filtered
from pipelines.warehouse import Reader
from pipelines.wording import Language, Written, plain
from pipelines.wording.formats import iso_week
from pipelines.wording.sentences import size, standout_sentence
from pipelines.workspace import Workspace

#: A director reads so many sentences of each kind.
MOST_FINDINGS, MOST_BREACHES, MOST_ACTIONS = 5, 5, 8
REVIEW, BREACHES, DUE = "answers.weekly.judged_week", "answers.breaches.breaches", "answers.status.judged_feeds"


def build_brief(
    workspace: Workspace,
    reader: Reader,
    week: date | None = None,
    *,
    language: Language = "en",
    as_of: datetime | None = None,
) -> Document | None:
    """The brief of the week that begins on the Monday ``week`` (default: the last complete one); None without data."""
    judged = judged_week(workspace, reader, week)
    if judged is None:
        return None
    review = judged.review
    writer = Writer(
        speech_of(language, workspace.settings.currency), reader.version, workspace.settings.documents.address
    )
    made = {
        "changed": _changed(workspace, judged, writer),
        "open": [*_breaches(workspace, reader, review, writer), *_findings(workspace, reader, review, writer)],
        "due": _actions(workspace, review, writer),
        "ahead": _ahead(workspace, reader, review, writer),
        "trust": _trust(workspace, reader, review, writer),
    }
    sections = tuple(Section(key, writer.text(f"report.section.{key}"), tuple(blocks)) for key, blocks in made.items())
    return steady(_document(workspace, reader, review, writer, sections, as_of))


def _week_of(review: WeekReview) -> dict[str, str | list[str]]:
    return {"week": iso_week(review.week)}


def _name(workspace: Workspace, writer: Writer, code: str | None) -> str:
    return writer.name(workspace.vendors[code].name if code in workspace.vendors else code or "")


def _changed(workspace: Workspace, judged: JudgedWeek, writer: Writer) -> list[Block]:
    if judged.review.scorecard.is_empty():
        return [writer.say("report.brief.no_week")]
    found = judged.found
    blocks: list[Block] = [
        _standout(workspace, writer, judged.review, one) for one in leading(found.found, MOST_CALLS)
    ] or [writer.say("report.brief.nothing")]
    if found.comparisons:
        number = writer.formats.number
        expected = number(found.expected_by_chance)
        blocks.append(writer.note("report.brief.by_chance", made=number(found.comparisons), expected=expected))
    return blocks


def _judged_of(workspace: Workspace, reader: Reader, review: WeekReview) -> pl.DataFrame:
    touching = (pl.col("period_start") <= review.last_day) & (pl.col("period_end") >= review.week)
    return judged_feeds(workspace, reader).filter(touching)


def _standout(workspace: Workspace, writer: Writer, review: WeekReview, one: Standout) -> Sentence:
    name = _name(workspace, writer, one.vendor)
    text = plain(standout_sentence(writer.speech, name, one.kind, one.metric, one.values))
    mark = writer.text(f"changed.badge.{one.kind}").split(" ")[0]
    if one.metric is None:
        missing = writer.count(one.values["missing"], writer.evidence(DUE, "missing", n=one.values["expected"]))
        return Sentence(text, (missing,), mark, writer.link("deliveries", v=[name]))
    link = writer.link("figure", **_week_of(review), fv=one.vendor, kpi=one.metric)
    return Sentence(text, (_figure_of(writer, one, one.metric),), mark, link)


def _figure_of(writer: Writer, one: Standout, metric: str) -> Cell:
    """What the sentence is about: the week's value, or the gap like for like."""
    if not one.kind.endswith(("_gap", "_unseen")):
        return writer.figure(one.values, REVIEW, metric=metric)
    known = one.values
    evidence = writer.evidence(
        REVIEW, known["definition_id"] or metric, n=known["gap_n"], low=known["gap_low"], high=known["gap_high"]
    )
    difference = writer.difference(metric, known["gap"], evidence)
    return replace(difference, text=size(Written(writer.speech, MEASURES[metric]), known["gap"]))


def _breaches(workspace: Workspace, reader: Reader, review: WeekReview, writer: Writer) -> list[Block]:
    """Queues whose week missed a clause beyond noise and that nothing excuses, the most contacts first."""
    if review.scorecard.is_empty():
        return []
    found = breaches(workspace, reader, Asked(review.week, review.last_day, grain="week"))
    open_ones = found.filter(
        pl.col("beyond_noise").fill_null(False) & pl.col("reason").is_null() & pl.col("queue").is_not_null()
    )
    if open_ones.is_empty():
        return [writer.say("report.brief.no_breaches")]
    said: list[Block] = []
    for row in open_ones.sort("affected", descending=True, nulls_last=True).head(MOST_BREACHES).iter_rows(named=True):
        metric, name = row["metric"], _name(workspace, writer, row["vendor"])
        queue = workspace.queues.get(row["queue"])
        measure = MEASURES[metric]
        value = writer.figure(row | {"n": row["offered"]}, BREACHES)
        target = writer.figure(row | {"value": row["target"], "n": row["offered"]}, BREACHES)
        said.append(
            writer.say(
                "report.brief.breach",
                value,
                target,
                writer.count(row["offered"]),
                vendor=name,
                mark="✕",
                measure=measure.name(writer.language),
                queue=writer.name(queue.name if queue else row["queue"]),
                link=writer.link("breaches", **_week_of(review), bv=row["vendor"], bq=row["queue"]),
            )
        )
    if open_ones.height > MOST_BREACHES:
        said.append(writer.note("report.brief.more", n=writer.formats.number(open_ones.height - MOST_BREACHES)))
    return said


def _findings(workspace: Workspace, reader: Reader, review: WeekReview, writer: Writer) -> list[Block]:
    """Findings that touch the week and are open or disputed, the gravest first."""
    found = filtered(findings_with_status(workspace, reader), period=(review.week, review.last_day))
    still_open = found.filter(pl.col("status").is_in(["open", "disputed"]) & (pl.col("severity") != "info"))
    if still_open.is_empty():
        return [writer.say("report.brief.no_findings")]
    said: list[Block] = []
    for row in still_open.head(MOST_FINDINGS).iter_rows(named=True):
        name = _name(workspace, writer, row["vendor"])
        said.append(
            writer.say(
                "report.brief.finding",
                vendor=name,
                sentence=writer.shortened(writer.finding(row), 240),
                mark=writer.text(f"report.severity.{row['severity']}").split(" ")[0],
                link=writer.link("data_trust", v=[name] if name else []),
            )
        )
    if still_open.height > MOST_FINDINGS:
        said.append(writer.note("report.brief.more", n=writer.formats.number(still_open.height - MOST_FINDINGS)))
    return said


def _actions(workspace: Workspace, review: WeekReview, writer: Writer) -> list[Block]:
    """Open actions that are overdue or due by the end of next week."""
    until = review.last_day + timedelta(weeks=1)
    due = [one for one in actions(workspace, state="open") if one.due is not None and one.due <= until]
    if not due:
        return [writer.say("report.brief.no_actions")]
    day = today(workspace)
    head = tuple(writer.text(f"report.column.{name}") for name in ("vendor", "what", "owner", "due", "status"))
    rows = tuple(_action(workspace, writer, one, day) for one in due[:MOST_ACTIONS])
    said: list[Block] = [Table("due", writer.text("report.brief.due"), head, rows)]
    if len(due) > MOST_ACTIONS:
        said.append(writer.note("report.brief.more", n=writer.formats.number(len(due) - MOST_ACTIONS)))
    return said


def _action(workspace: Workspace, writer: Writer, one: Action, day: date) -> tuple[Cell, ...]:
    state = writer.text(f"report.state.{'overdue' if one.overdue(day) else 'open'}")
    return (
        Cell(_name(workspace, writer, one.vendor)),
        writer.word(one.what),
        writer.word(one.owner),
        writer.day(one.due),
        Cell(state),
    )


def _ahead(workspace: Workspace, reader: Reader, review: WeekReview, writer: Writer) -> list[Block]:
    """What next week brings, as far as it is written down: holidays, changes of terms and work, the forecast."""
    first, last = review.week + timedelta(weeks=1), review.last_day + timedelta(weeks=1)
    said: list[Block] = [*_holidays(workspace, writer, first, last), *_changes(workspace, reader, writer, first, last)]
    planned = reader.frame("week_staffing", first_day=first, last_day=last)
    forecast = planned["offered_forecast"].sum() if planned["offered_forecast"].is_not_null().any() else None
    if forecast is None:
        said.append(writer.missing("report.brief.no_forecast"))
    else:
        now = int(review.scorecard.filter((pl.col("metric") == "offered") & pl.col("queue").is_null())["value"].sum())
        cell = writer.count(forecast, writer.evidence("week_staffing", "offered_forecast", n=planned.height))
        said.append(
            writer.say("report.brief.forecast", cell, writer.count(now, writer.evidence(REVIEW, "offered", n=now)))
        )
    return said


def _holidays(workspace: Workspace, writer: Writer, first: date, last: date) -> list[Sentence]:
    """Public holidays of the countries in which vendors work, with who works there."""
    countries: dict[str, list[str]] = {}
    for vendor in workspace.vendors.values():
        if vendor.country and (vendor.ended_on is None or vendor.ended_on >= first):
            countries.setdefault(vendor.country, []).append(writer.name(vendor.name))
    said = []
    for country, names in sorted(countries.items()):
        try:
            kept = holidays.country_holidays(country, years=range(first.year, last.year + 1), language=writer.language)
        except (NotImplementedError, KeyError):
            continue  # a country without a known calendar
        for day, holiday in sorted(kept.items()):
            if first <= day <= last:
                said.append(
                    writer.say(
                        "report.brief.holiday",
                        day=writer.day(day).text,
                        holiday=writer.name(holiday),
                        vendors=", ".join(names),
                    )
                )
    return said


def _changes(workspace: Workspace, reader: Reader, writer: Writer, first: date, last: date) -> list[Sentence]:
    changes = both_sides(workspace, reader, first, weeks=CHANGE_WEEKS).changes
    coming = changes.filter(pl.col("day").is_between(first, last))
    return [
        writer.say(
            "report.brief.change",
            day=writer.day(row["day"]).text,
            vendor=_name(workspace, writer, row["vendor"]),
            change=writer.text(f"report.change.{row['kind']}"),
        )
        for row in coming.iter_rows(named=True)
    ]


def _trust(workspace: Workspace, reader: Reader, review: WeekReview, writer: Writer) -> list[Block]:
    judged = _judged_of(workspace, reader, review)
    if judged.is_empty():
        return [writer.missing("report.discipline.no_calendar")]
    by_feed = feed_punctuality(judged)
    cells = [
        writer.count(by_feed[name].sum(), writer.evidence(DUE, name, n=judged.height))
        for name in ("expected", "on_time", "late", "missing")
    ]
    return [writer.say("report.brief.punctual", *cells)]


def _document(
    workspace: Workspace,
    reader: Reader,
    review: WeekReview,
    writer: Writer,
    sections: tuple[Section, ...],
    as_of: datetime | None,
) -> Document:
    published = reader.frame("week_range").row(0)[2]
    at = datetime.fromisoformat(published) if isinstance(published, str) else published
    zone = workspace.settings.time_zone
    said = writer.text("report.fact.version_text", version=reader.version, when=writer.instant(at, zone), zone=zone)
    facts = [(writer.text("report.fact.version"), said)]
    if as_of is not None:
        known = writer.text("report.fact.as_of_text", when=writer.instant(as_of, zone), zone=zone)
        facts.append((writer.text("report.fact.as_of"), known))
    subtitle = writer.text(
        "report.brief_subtitle",
        company=writer.name(workspace.settings.name),
        week=iso_week(review.week),
        dates=writer.formats.week(review.week),
    )
    return Document(
        kind="brief",
        title=writer.text("report.brief_title"),
        subtitle=subtitle,
        language=writer.language,
        currency=workspace.settings.currency,
        version=reader.version,
        period_start=review.week,
        period_end=review.last_day,
        made_from=at,
        facts=tuple(facts),
        sections=sections,
        as_of=as_of,
    )
