"""Reported figures: one canonical row for each metric of a record, with the precision it was printed in.

Two shapes: *wide*, one mapped column per metric; *long*, where the mapping gives ``metric`` and ``value``. The unit of
accounting is the figure: a record of eight metrics is eight rows read, a blank cell among them is a row left out. A
record that is left out or rejected as a whole is one row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import polars as pl
from openpyxl.utils import get_column_letter

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.mapping.cells import Cells, Parser, faults_at, parse, recode
from pipelines.intake.mapping.durations import SECONDS, DurationParser
from pipelines.intake.mapping.numbers import NumberParser, RatioParser
from pipelines.intake.readers.headers import quoted
from pipelines.intake.readers.table import CELL, NUMBER, PERCENT, ROW, SHEET
from pipelines.workspace.feeds import MetricDefinition
from pipelines.workspace.schema import NEEDS_DEFINITION

if TYPE_CHECKING:
    from pipelines.intake.mapping.columns import Columns
    from pipelines.intake.mapping.plan import Plan

BLANK_RULE = "blank figure"

#: Columns of a report that belong to a figure, not to its record.
FIGURE_COLUMNS = (
    "metric", "value", "unit", "decimals", "printed_scale", "numerator", "denominator", "definition_id",
    "label_as_printed", "cell_ref",
)  # fmt: skip

#: Printed decimals past which digits are those of binary arithmetic, not of a printer.
_MOST_DECIMALS = 12


def definition_id(metric: str, definition: MetricDefinition | None) -> str | None:
    """The definition that a sender claims for a metric, as one text; None where the mapping says nothing.

    ``terms`` (as the terms say) and ``unstated`` stand for themselves; a custom one is spelt out.
    """
    if definition is None:
        return None
    if definition.definition != "custom":
        return definition.definition
    parts = {
        "threshold_s": None if definition.threshold_s is None else f"{definition.threshold_s:g}",
        "inclusive": str(definition.inclusive).lower(),
        "abandon_treatment": definition.abandon_treatment,
        "short_abandon_s": None if definition.short_abandon_s is None else f"{definition.short_abandon_s:g}",
    }
    return ":".join([metric, *(f"{key}={value}" for key, value in parts.items() if value is not None)])


def wide_figures(columns: Columns) -> pl.DataFrame:
    """All figures of a batch: ``position`` of the record and the columns of :data:`FIGURE_COLUMNS`, blanks included."""
    frames = [_figures_of(columns, metric, order) for order, metric in enumerate(columns.plan.metrics)]
    return pl.concat(frames).sort("position", "order", maintain_order=True)


def _figures_of(columns: Columns, metric: str, order: int) -> pl.DataFrame:
    plan = columns.plan
    mapping, definition = plan.feed.columns[metric], plan.feed.metric_definitions.get(metric)
    values = columns.value(metric)
    header = plan.sources.get(metric, metric)
    cells = columns.batch.cells(header) if metric in plan.sources else Cells(columns.constant("0"))
    scale = printed_scale(cells, plan.parser(metric), mapping.unit)
    label = mapping.label or (definition.label_as_printed if definition else None) or header
    return pl.DataFrame(
        {
            "position": pl.int_range(len(values), dtype=pl.UInt32, eager=True),
            "order": pl.Series([order], dtype=pl.Int32).new_from_index(0, len(values)),
            "metric": columns.constant(metric),
            "value": values,
            "unit": columns.constant(plan.units[metric]),
            "decimals": printed_decimals(cells, plan.feed.source.locale),
            "printed_scale": scale,
            "numerator": columns.nothing("numerator"),
            "denominator": columns.nothing("denominator"),
            "definition_id": pl.Series([definition_id(metric, definition)], dtype=pl.String).new_from_index(
                0, len(values)
            ),
            "label_as_printed": columns.constant(label),
            "cell_ref": cell_refs(columns, header),
        }
    )


def long_value(columns: Columns) -> pl.Series:
    """The ``value`` column where a row says which metric it is: read as that metric's unit asks."""
    plan, metrics = columns.plan, columns.value("metric")
    cells = columns.texts("value", plan.feed.columns["value"])
    values = columns.nothing("value")
    for metric in metrics.drop_nulls().unique().sort():
        if metric not in plan.units:
            continue
        where = (metrics == metric).fill_null(False).arg_true()
        found = parse(cells.rows(where), long_parser(plan, metric))
        values = values.scatter(where, found.values.cast(pl.Float64))
        if found.faults.height:
            position = where.gather(found.faults["position"])
            columns.add_faults("value", found.faults.with_columns(position.alias("position")))
    return values


def check_metrics(columns: Columns) -> None:
    """In the long shape a metric must be one that Sightline or the workspace knows.

    Raises :class:`DeliveryRefused` for a metric that needs a definition and has none.
    """
    plan, metrics = columns.plan, columns.value("metric")
    for metric in NEEDS_DEFINITION:
        if metric not in plan.feed.metric_definitions and (metrics == metric).any():
            raise undefined([metric], [metric])
    known = metrics.is_in(list(plan.units)).fill_null(True)
    if not known.all():
        where = (~known).arg_true()
        reason = "not a metric: map it, or add it to reported_metrics in workspace.yaml"
        columns.add_faults("metric", faults_at(where, metrics.gather(where), reason))


def undefined(metrics: Sequence[str], labels: Sequence[str]) -> DeliveryRefused:
    """The refusal of figures that can be computed in several ways where the mapping doesn't say in which."""
    message = (
        f"{quoted(labels)} can be computed in several ways, and the mapping doesn't say in which: add "
        f"{' and '.join(f'metric_definitions.{name}' for name in metrics)} "
        "(label_as_printed; definition: terms, custom or unstated)."
    )
    return DeliveryRefused("wrong_content", message)


def _by_metric(read: Callable[[Plan, str], str | None]) -> Callable[[Columns], pl.Series | None]:
    """A column of the long shape that follows from the metric."""

    def default(columns: Columns) -> pl.Series | None:
        if not columns.plan.long_report:
            return None
        known = {metric: read(columns.plan, metric) for metric in columns.plan.units}
        return recode(columns.value("metric"), known)

    return default


def _long_label(columns: Columns) -> pl.Series | None:
    if not columns.plan.long_report:
        return None
    definitions = columns.plan.feed.metric_definitions
    known = {metric: definition.label_as_printed for metric, definition in definitions.items()}
    labels = recode(columns.value("metric"), known)
    header = columns.plan.sources.get("metric")
    printed = columns.batch.filled(header) if header else columns.value("metric")
    return labels.zip_with(labels.is_not_null(), printed)


def _long_decimals(columns: Columns) -> pl.Series | None:
    if not columns.plan.long_report:
        return None
    cells = columns.texts("value", columns.plan.feed.columns["value"])
    return printed_decimals(cells, columns.plan.feed.source.locale)


def _long_scale(columns: Columns) -> pl.Series | None:
    plan = columns.plan
    if not plan.long_report:
        return None
    cells, metrics = columns.texts("value", plan.feed.columns["value"]), columns.value("metric")
    scales = columns.nothing("printed_scale")
    for metric in metrics.drop_nulls().unique().sort():
        if metric in plan.units:
            where = (metrics == metric).fill_null(False).arg_true()
            parser = long_parser(plan, metric)
            unit = parser.unit if isinstance(parser, DurationParser) else None
            scales = scales.scatter(where, printed_scale(cells.rows(where), parser, unit))
    return scales


def _long_cell(columns: Columns) -> pl.Series | None:
    plan = columns.plan
    return cell_refs(columns, plan.sources.get("value", "value")) if plan.long_report else None


LONG_DEFAULTS: dict[str, Callable[[Columns], pl.Series | None]] = {
    "unit": _by_metric(lambda plan, metric: plan.units[metric]),
    "definition_id": _by_metric(lambda plan, metric: definition_id(metric, plan.feed.metric_definitions.get(metric))),
    "label_as_printed": _long_label,
    "decimals": _long_decimals,
    "printed_scale": _long_scale,
    "cell_ref": _long_cell,
}


def long_parser(plan: Plan, metric: str) -> Parser:
    """How the values of one metric are printed: by its definition, else by the ``value`` column."""
    mapping, definition = plan.feed.columns["value"], plan.feed.metric_definitions.get(metric)
    scale = (definition.scale if definition else None) or mapping.scale
    unit = (definition.unit if definition else None) or mapping.unit
    locale = plan.feed.source.locale
    if plan.units[metric] == "rate":
        return RatioParser(scale, locale, plan.feed.source.format in ("xlsx", "ods"))
    if plan.units[metric] == "s":
        return DurationParser(unit, next(iter(mapping.format or []), None), locale)
    whole = plan.units[metric] == "count" and mapping.type != "float"
    return NumberParser(pl.Float64(), locale, mapping.trailing_minus, whole)


def printed_decimals(cells: Cells, locale: str) -> pl.Series:
    """Decimals of each figure as printed, in the printed scale; null where the cell is blank."""
    text = cells.text.str.strip_chars()
    if cells.kinds is not None:  # typed cells are rendered with a point, and carry binary noise
        kinds = cells.kinds
        noisy = kinds.is_in([NUMBER, PERCENT, "t"]).fill_null(False) & (text.str.len_chars() > _MOST_DECIMALS)
        if noisy.any():
            rounded = text.cast(pl.Float64, strict=False).round(_MOST_DECIMALS).cast(pl.String)
            text = text.zip_with(~noisy, rounded)
    else:
        kinds = pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
    frame = pl.DataFrame([text.alias("text"), kinds.alias("kind")])
    mark = "," if locale != "en" else r"\."
    printed = pl.when(pl.col("kind").is_null()).then(pl.col("text").str.extract(rf"\d{mark}(\d+)\D*$", 1))
    typed = pl.col("text").str.extract(r"\.(\d+)$", 1)
    digits = pl.coalesce(printed, pl.when(pl.col("kind").is_not_null()).then(typed)).fill_null("")
    digits = pl.when((pl.col("kind").is_not_null()) & (digits == "0")).then(pl.lit("")).otherwise(digits)
    count = digits.str.len_chars().cast(pl.Int64)
    # A cell shown in percent holds the fraction: 0.813 is printed 81.3 %.
    count = pl.when(pl.col("kind") == PERCENT).then(pl.max_horizontal(count - 2, 0)).otherwise(count)
    return frame.select(pl.when(pl.col("text").is_not_null() & (pl.col("text") != "")).then(count)).to_series()


def printed_scale(cells: Cells, parser: Parser, unit: str | None) -> pl.Series:
    """Printed number / canonical value: 100 for a share in percent, 1000 for milliseconds, 1 for clock texts."""
    text = cells.text.str.strip_chars()
    kinds = cells.kinds if cells.kinds is not None else pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
    frame = pl.DataFrame([text.alias("text"), kinds.alias("kind")])
    scale: pl.Expr = pl.lit(1.0)
    inner = getattr(parser, "inner", parser)
    if isinstance(inner, RatioParser):
        points = 100.0 if inner.scale == "percent" or (inner.scale == "auto" and inner.typed_by_hand) else 1.0
        marked = pl.col("text").str.contains(r"%\s*$") | (pl.col("kind") == PERCENT).fill_null(False)
        scale = pl.when(marked).then(100.0).otherwise(points)
    elif isinstance(inner, DurationParser) and unit in SECONDS:
        bare = pl.col("text").str.contains(r"^[+-]?[\d\s.,'’]+$") & (pl.col("kind") != "t").fill_null(True)
        scale = pl.when(bare).then(1000.0 if unit == "ms" else 1 / SECONDS[unit]).otherwise(1.0)
    return frame.select(pl.when(pl.col("text").is_not_null()).then(scale)).to_series()


def cell_refs(columns: Columns, header: str) -> pl.Series:
    """Where a figure stood: ``S43!F7`` in a workbook, the column's header elsewhere."""
    frame = columns.batch.frame
    if CELL in frame.columns:
        return frame[CELL]
    place = columns.plan.headers.get(header, -1)
    if columns.plan.feed.source.format not in ("xlsx", "ods") or SHEET not in frame.columns or place < 0:
        return columns.constant(header)
    letter = get_column_letter(place + 1)
    return frame.select(pl.concat_str(SHEET, pl.lit(f"!{letter}"), ROW)).to_series()
