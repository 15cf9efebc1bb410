"""One declared move: what changed with it, before and after, beside the work that stayed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.before_after import before_after
from dashboard.components.breach_links import Link, Links
from dashboard.components.tables import show_static
from dashboard.escape import md_escape, visible
from dashboard.models import Published
from dashboard.view import View
from dashboard.written import Written
from pipelines.answers.moves import MetricStudy, StudiedMove
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.moves import MoveStudy
from pipelines.wording import sentences
from pipelines.workspace.company import Move


def show_facts(view: View, published: Published, studied: StudiedMove) -> None:
    """Which work moved, from whom to whom, and how time is cut."""
    move = studied.move
    heading = view.texts(
        "moves.heading",
        queues=md_escape(queue_names(published, move)),
        origin=md_escape(published.vendor_name(move.from_vendor)),
        destination=md_escape(published.vendor_name(move.to_vendor)),
    )
    st.subheader(heading, anchor=False)
    if move.note:
        st.markdown(md_escape(move.note))
    if studied.periods is None:
        st.markdown(view.texts("moves.too_short"))
        return
    number = view.formats.number
    st.caption(
        view.texts(
            "moves.facts",
            moved=view.formats.day(move.moved_on),
            settled=view.formats.day(move.settled_on),
            before=number(studied.periods.before),
            after=number(studied.periods.after),
            weeks=number(studied.periods.weeks),
        )
    )


def queue_names(published: Published, move: Move) -> str:
    """The queues that moved, by name."""
    names = {queue.code: queue.name for queue in published.queues}
    return ", ".join(names.get(code, code) for code in move.queues)


def show_measure(view: View, links: Links, studied: StudiedMove, one: MetricStudy) -> None:
    """One measure: the sentence, the picture, what to mind, and how it was found."""
    written = Written(view, MEASURES[one.metric])
    if one.study is None:
        st.markdown(view.texts(f"moves.missing.{one.missing}"))
        return
    study, move, published = one.study, studied.move, links.published
    queues, vendor = queue_names(published, move), published.vendor_name(move.to_vendor)
    st.markdown(sentences.move_sentence(written, queues, vendor, study))
    ways = [_way(links, move, one.metric, day, day) for day in study.path["at"]]
    path = chart_data(written, study).with_columns(href=pl.Series(links.column(ways), dtype=pl.String))
    titles = (
        view.texts("moves.axis", measure=written.name, unit=written.unit),
        view.texts("moves.line_moved"),
        view.texts("moves.line_twin"),
    )
    st.altair_chart(
        before_after(path, written.measure.unit, titles, view.formats, view.palette),
        key=f"move_{move.id}",
        alt=view.texts("moves.alt", measure=written.name, queues=visible(queues)),
    )
    st.caption(view.texts("moves.legend"))
    _warnings(view, published, study)
    with st.expander(view.texts("measures.table"), type="compact", key=f"move_table_{move.id}"):
        moved = {view.texts("moves.line_moved"): ways}
        show_static(path_table(written, path), view.texts("measures.table"), wide=True, links=moved)
    with st.expander(view.texts("compare.how"), type="compact", key=f"move_how_{move.id}"):
        _how(written, published, study)


def _way(links: Links, move: Move, metric: str, first: date, last: date) -> Link | None:
    """To the week of ``first``, or to the days up to ``last``, of whoever did the work that moved."""
    vendor = move.from_vendor if last < move.moved_on else move.to_vendor
    queue = move.queues[0] if len(move.queues) == 1 else None
    return links.to(vendor, metric, queue=queue, days=(first, max(last, first + timedelta(days=6))))


def _warnings(view: View, published: Published, study: MoveStudy) -> None:
    """What weakens the answer, in sentences; nothing where nothing does."""
    shifted = unit_names(published, study.donors_changed_volume)
    found = [
        view.texts(f"moves.warning.{warning}", queues=shifted)
        if warning == "donors_changed_volume"
        else view.texts(f"moves.warning.{warning}")
        for warning in study.warnings
    ]
    if study.donors_dropped:
        dropped = unit_names(published, study.donors_dropped)
        found.append(view.texts("moves.warning.donors_dropped", queues=dropped))
    if found:
        st.markdown(f"**{view.texts('moves.warnings')}**")
        st.markdown("\n".join(f"- {sentence}" for sentence in found))


def unit_names(published: Published, units: tuple[str, ...]) -> str:
    """Vendors' queues by name, as Markdown."""
    return ", ".join(md_escape(_unit_name(published, unit)) for unit in units)


def _unit_name(published: Published, unit: str) -> str:
    vendor, _, queue = unit.partition("/")
    names = {one.code: one.name for one in published.queues}
    return f"{published.vendor_name(vendor)} – {names.get(queue, queue)}"


def chart_data(written: Written, study: MoveStudy) -> pl.DataFrame:
    """What the picture draws: columns of ``charts.before_after``."""
    texts = written.view.texts
    records = study.path.to_dicts()
    own = [
        texts("pair", label=texts("moves.line_moved"), text=f"{written.value(row['moved'])} ({_phase(written, row)})")
        for row in records
    ]
    other = [texts("pair", label=texts("moves.line_twin"), text=written.value(row["twin"])) for row in records]
    return study.path.with_columns(
        text=pl.Series(own, dtype=pl.String),
        twin_text=pl.Series(other, dtype=pl.String),
    )


def _phase(written: Written, row: dict[str, Any]) -> str:
    return written.view.texts(f"moves.phase.{row['phase']}")


def path_table(written: Written, path: pl.DataFrame) -> pl.DataFrame:
    """The picture as a table."""
    texts = written.view.texts
    return pl.DataFrame(
        [
            {
                texts("moves.column.period"): written.view.formats.day(row["at"]),
                texts("moves.column.phase"): _phase(written, row),
                texts("moves.line_moved"): written.value(row["moved"]),
                texts("moves.line_twin"): written.value(row["twin"]),
                texts("fair.column.difference"): written.difference(row["difference"]),
            }
            for row in path.iter_rows(named=True)
        ]
    )


def _how(written: Written, published: Published, study: MoveStudy) -> None:
    """Method, rank and placebos, for those who check."""
    texts, number = written.view.texts, written.view.formats.number
    st.markdown(
        texts(
            "moves.how_text",
            others=number(study.of - 1),
            rank=number(study.rank),
            of=number(study.of),
            synthetic_control=written.difference(study.by_method["synthetic_control"]),
            did=written.difference(study.by_method["did"]),
        )
    )
    placebos = pl.DataFrame(
        [
            {
                texts("column.queue"): _unit_name(published, row["unit"]),
                texts("moves.column.effect"): written.difference(row["effect"]),
                texts("moves.column.distance"): written.value(row["distance_before"]),
                texts("fair.column.weight"): written.view.formats.rate(row["weight"], 0),
            }
            for row in study.placebos.iter_rows(named=True)
        ]
    )
    st.markdown(f"**{texts('moves.more')}**")
    show_static(placebos, texts("moves.more"), wide=True)


def show_all(view: View, links: Links, studied: StudiedMove) -> None:
    """Every measure of the move as one table."""
    st.markdown(f"##### {view.texts('moves.all')}", anchors=False)
    move, day = studied.move, timedelta(days=1)
    before, after = move.moved_on - 7 * day, studied.move.settled_on
    ways = {
        view.texts("moves.column.before"): [
            _way(links, move, one.metric, before, move.moved_on - day) for one in studied.metrics
        ],
        view.texts("moves.column.after"): [_way(links, move, one.metric, after, after) for one in studied.metrics],
    }
    show_static(table(view, studied), view.texts("moves.all"), wide=True, links=ways)


def table(view: View, studied: StudiedMove) -> pl.DataFrame:
    """One row per measure: before, after, the effect with its interval, the rank, the verdict."""
    return pl.DataFrame([_row(view, one) for one in studied.metrics])


def _row(view: View, one: MetricStudy) -> dict[str, str]:
    texts, number = view.texts, view.formats.number
    written = Written(view, MEASURES[one.metric])
    study = one.study
    verdict = texts(f"moves.missing.{one.missing}") if study is None else _verdict(written, study)
    return {
        texts("column.measure"): written.name,
        texts("moves.column.before"): written.value(one.before),
        texts("moves.column.after"): written.value(one.after),
        texts("moves.column.effect"): written.difference(study.effect if study else None),
        texts("column.interval"): written.gap_interval(study.low, study.high) if study else "–",
        texts("moves.column.rank"): f"{number(study.rank)} / {number(study.of)}" if study else "–",
        texts("fair.column.verdict"): verdict,
    }


def _verdict(written: Written, study: MoveStudy) -> str:
    return sentences.verdict_short(written.view, sentences.move_verdict(written, study))
