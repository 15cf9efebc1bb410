"""Sections that show figures over time: service over four quarters, what customers experienced, the workforce."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.figures import CONFIDENCE
from pipelines.report.model import Block, Cell, Chart, Series, Table
from pipelines.report.pack.material import Item, Material, Part
from pipelines.wording import Written

SERVICE = ("offered", "answered", "service_level", "abandon_rate", "asa_s", "wait_p90_s", "aht_s", "transfer_rate")
VOICE = ("csat", "nps", "response_rate", "repeat_rate", "refund_rate", "refund_value_per_contact")
#: Measures whose change may become a win or a risk.
TELLING = ("service_level", "abandon_rate", "asa_s", "repeat_rate", "csat", "nps", "refund_rate")
FIGURES, PEAKS, STAFFING = (
    "answers.quarter.quarter_figures",
    "answers.quarter.busy_and_quiet",
    "answers.quarter.staffed_hours",
)
_WORTH = {
    "service_level": 1.0,
    "csat": 0.9,
    "repeat_rate": 0.8,
    "nps": 0.8,
    "abandon_rate": 0.7,
    "refund_rate": 0.6,
    "asa_s": 0.5,
}


def service(material: Material) -> Part:
    """Section 5: the trend of four quarters, busy and quiet hours apart."""
    writer = material.writer
    offered = material.changed.get("offered")
    if offered is None or not offered["value"]:
        return Part((writer.missing("report.service.none"),))
    blocks: list[Block] = [
        writer.say(
            "report.service.volume",
            writer.figure(offered, FIGURES),
            writer.figure(material.changed["answered"], FIGURES),
        )
    ]
    if material.last_day < material.quarter.last_day:
        blocks.append(
            writer.say("report.service.partial", quarter=material.quarter.name, day=writer.day(material.last_day).text)
        )
    chart = _peak_chart(material)
    blocks += (
        [chart, writer.note("report.service.peak_note")]
        if chart
        else [writer.missing("report.service.no_service_level")]
    )
    blocks.append(_trend_table(material))
    return Part(tuple(blocks), tuple(_moved(material)))


def _peak_chart(material: Material) -> Chart | None:
    writer = material.writer
    rows = material.peaks.filter((pl.col("metric") == "service_level") & pl.col("value").is_not_null())
    now = {row["busy"]: row for row in rows.filter(pl.col("quarter") == material.quarter.name).iter_rows(named=True)}
    if True not in now or False not in now:
        return None
    names = [quarter.name for quarter in material.quarters]
    target = single_target(material, "service_level")

    def line(busy: bool) -> Series:
        held = {row["quarter"]: row for row in rows.filter(pl.col("busy") == busy).iter_rows(named=True)}
        return Series(
            writer.text("report.column.busy" if busy else "report.column.quiet"),
            "vendor" if busy else "other",
            tuple(held[name]["value"] if name in held else None for name in names),
            tuple(writer.figure(held[name], PEAKS).text if name in held else "" for name in names),
        )

    series = [line(True), line(False)]
    title = writer.say(
        "report.service.chart_below" if target is not None else "report.service.chart_plain",
        writer.figure(now[True], PEAKS),
        writer.figure(now[False], PEAKS),
        writer.share(target),
    ).text
    if target is not None:
        written = writer.share(target).text
        series.append(
            Series(writer.text("report.service.target"), "target", (target,) * len(names), (written,) * len(names))
        )
    told = "; ".join(
        f"{one.name} {', '.join(f'{name} {text}' for name, text in zip(names, one.texts, strict=True) if text)}"
        for one in series
    )
    return Chart(
        "peaks",
        "line",
        title,
        writer.text("report.service.alt", values=told),
        tuple(names),
        tuple(series),
        "share",
        MEASURES["service_level"].name(writer.language),
        0,
        0.0,
        1.0,
    )


def single_target(material: Material, metric: str) -> float | None:
    """The target that all clauses in force at the quarter's end agree on; None where there is none or several."""
    terms = material.workspace.terms_on(material.vendor, material.last_day)
    found = {clause.target for clause in (terms.clauses if terms else []) if clause.metric == metric}
    return found.pop() if len(found) == 1 else None


def _trend_table(material: Material) -> Table:
    writer = material.writer
    rows = []
    for metric in SERVICE:
        held = {
            row["quarter"]: row for row in material.figures.filter(pl.col("metric") == metric).iter_rows(named=True)
        }
        cells = [writer.figure(held[one.name], FIGURES) if one.name in held else Cell("–") for one in material.quarters]
        rows.append((Cell(MEASURES[metric].name(writer.language)), *cells, beyond(material, metric)))
    head = (
        writer.text("report.column.measure"),
        *(one.name for one in material.quarters),
        writer.text("report.column.beyond"),
    )
    return Table("service", writer.text("report.service.table"), head, tuple(rows))


def beyond(material: Material, metric: str) -> Cell:
    """Whether this quarter's change is beyond chance, in words with a shape."""
    row = material.changed.get(metric)
    return Cell(material.writer.text(f"report.beyond.{direction_of(row, metric)}"))


def direction_of(row: dict[str, Any] | None, metric: str) -> str:
    """better, worse, moved, no or unknown: whether the interval of the change leaves out zero."""
    if row is None or row["change_low"] is None or row["change_high"] is None:
        return "unknown"
    if row["change_low"] <= 0 <= row["change_high"]:
        return "no"
    direction = MEASURES[metric].direction
    if direction == "none":
        return "moved"
    return "better" if (row["change_low"] > 0) == (direction == "higher") else "worse"


def _moved(material: Material) -> list[Item]:
    """Wins and risks from changes beyond chance, of figures that enough contacts stand behind."""
    writer, found = material.writer, []
    for metric in TELLING:
        row = material.changed.get(metric)
        moved = direction_of(row, metric)
        if row is None or moved not in ("better", "worse") or row["n"] < MEASURES[metric].minimum_sure:
            continue
        sentence = writer.say(
            f"report.item.moved_{moved}",
            writer.figure(row | {"value": row["before"]}, FIGURES, metric=metric),
            writer.figure(row, FIGURES),
            writer.count(row["n"]),
            measure=MEASURES[metric].name(writer.language),
            mark="▲" if moved == "better" else "▼",
        )
        side, base = ("win", 40.0) if moved == "better" else ("risk", 50.0)
        found.append(Item(side, f"moved:{metric}", base * _WORTH[metric], sentence))
    return found


def voice(material: Material) -> Part:
    """Section 6: what customers experienced, with n, response rate and interval."""
    writer, changed = material.writer, material.changed
    blocks: list[Block] = []
    answered = changed.get("csat")
    if answered is None or answered["value"] is None:
        blocks.append(writer.missing("report.voice.no_surveys"))
    else:
        response = changed.get("response_rate")
        if response is not None and response["value"] is not None:
            blocks.append(
                writer.say("report.voice.response", writer.figure(response, FIGURES), writer.count(response["n"]))
            )
        blocks.append(_csat_chart(material, answered))
    shown = [metric for metric in VOICE if (changed.get(metric) or {}).get("value") is not None]
    if shown:
        blocks.append(_change_table(material, shown))
        judged = [metric for metric in TELLING if direction_of(changed.get(metric), metric) not in ("unknown",)]
        expected = writer.formats.number(len(judged) * (1 - CONFIDENCE), 1)
        blocks.append(writer.note("report.voice.by_chance", made=writer.formats.number(len(judged)), expected=expected))
    if (changed.get("refund_rate") or {}).get("value") is None:
        blocks.append(writer.missing("report.voice.no_refunds"))
    blocks.append(writer.missing("report.voice.no_complaints"))
    return Part(tuple(blocks))


def _csat_chart(material: Material, now: dict[str, Any]) -> Chart:
    writer = material.writer
    names = [quarter.name for quarter in material.quarters]
    held = {row["quarter"]: row for row in material.figures.filter(pl.col("metric") == "csat").iter_rows(named=True)}
    cells = [writer.figure(held[name], FIGURES) if name in held else Cell("") for name in names]
    key = "report.voice.chart" if now["before"] is not None else "report.voice.chart_single"
    title = writer.say(
        key, writer.figure(now, FIGURES), writer.count(now["n"]), writer.figure(now | {"value": now["before"]}, FIGURES)
    ).text
    told = ", ".join(f"{name} {cell.text}" for name, cell in zip(names, cells, strict=True) if cell.text)
    label = MEASURES["csat"].name(writer.language)
    series = Series(
        material.name,
        "vendor",
        tuple(None if cell.value is None else float(cell.value) for cell in cells),  # type: ignore[arg-type]
        tuple(cell.text for cell in cells),
    )
    return Chart(
        "csat",
        "bar",
        title,
        writer.text("report.voice.alt", values=told),
        tuple(names),
        (series,),
        "share",
        label,
        0,
        0.0,
        1.0,
    )


def _change_table(material: Material, metrics: list[str]) -> Table:
    writer = material.writer
    rows = []
    for metric in metrics:
        row = material.changed[metric]
        name = Written(writer.speech, MEASURES[metric]).name
        rows.append(
            (
                Cell(name),
                writer.figure(row, FIGURES),
                Cell(writer.between(metric, row["low"], row["high"])),
                writer.count(row["n"]),
                writer.figure(row | {"value": row["before"]}, FIGURES),
                writer.difference(metric, row["change"]),
                beyond(material, metric),
            )
        )
    names = ("measure", "value", "interval", "n", "before", "change", "beyond")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    return Table("voice", writer.text("report.voice.table"), head, tuple(rows))


def workforce(material: Material) -> Part:
    """Section 9: staffed hours, and what no feed carries."""
    writer, hours = material.writer, material.staffing
    now = hours.filter(pl.col("quarter") == material.quarter.name)
    if now.is_empty():
        return Part((writer.missing("report.workforce.no_staffing"), writer.missing("report.workforce.no_people")))
    row = now.row(0, named=True)
    blocks: list[Block] = []
    if row["kept"] is not None:
        kept = writer.evidence(
            STAFFING, "logged / committed", numerator=row["logged"], denominator=row["committed"], n=row["intervals"]
        )
        blocks.append(
            writer.say(
                "report.workforce.sentence",
                writer.count(row["logged"]),
                writer.count(row["committed"]),
                writer.share(row["kept"], kept),
            )
        )
    blocks.append(_hours_table(material, hours))
    if row["training"] is None:
        blocks.append(writer.missing("report.workforce.no_training"))
    else:
        share = writer.evidence(
            STAFFING, "training / logged", numerator=row["training"], denominator=row["logged"], n=row["intervals"]
        )
        blocks.append(
            writer.say(
                "report.workforce.training", writer.count(row["training"]), writer.share(row["training_share"], share)
            )
        )
    return Part((*blocks, writer.missing("report.workforce.no_people")))


def _hours_table(material: Material, hours: pl.DataFrame) -> Table:
    writer = material.writer
    rows = []
    for row in hours.iter_rows(named=True):
        kept = writer.evidence(
            STAFFING, "logged / committed", numerator=row["logged"], denominator=row["committed"], n=row["intervals"]
        )
        busy = writer.evidence(
            STAFFING,
            "busy / (busy + available)",
            numerator=row["busy_hours"],
            denominator=row["ready_hours"],
            n=row["intervals"],
        )
        rows.append(
            (
                Cell(row["quarter"]),
                writer.count(row["committed"]),
                writer.count(row["scheduled"]),
                writer.count(row["logged"]),
                writer.share(row["kept"], kept),
                writer.share(row["occupancy"], busy),
            )
        )
    names = ("committed", "scheduled", "logged", "kept", "occupancy")
    head = (writer.text("report.column.quarter"), *(writer.text(f"report.workforce.{name}") for name in names))
    return Table("workforce", writer.text("report.workforce.table"), head, tuple(rows))
