"""Decisions: the first branch whose condition holds gives the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake.mapping.cells import parse
from pipelines.intake.mapping.durations import DurationParser
from pipelines.intake.mapping.raw import RawBatch
from pipelines.intake.mapping.texts import typed
from pipelines.workspace.feeds import Case

if TYPE_CHECKING:
    from pipelines.intake.mapping.columns import Columns


def decide(columns: Columns, name: str, cases: Sequence[Case]) -> pl.Series:
    """The value of each row; null where no branch holds."""
    plan = columns.plan
    parser = plan.plain_parser(plan.type_of(name), plan.feed.columns[name], plan.column(name))
    branch = pl.Series([len(cases)], dtype=pl.Int64).new_from_index(0, columns.batch.height)
    for index in range(len(cases) - 1, -1, -1):
        branch = branch.set(holding(columns.batch, cases[index], plan.feed.source.locale), index)
    results = [None if case.then is None else typed(case.then, parser).values[0] for case in cases]
    values = pl.Series([*results, None], dtype=parser.dtype)
    return values.gather(branch).cast(plan.column(name).polars_type)


def holding(batch: RawBatch, case: Case, locale: str) -> pl.Series:
    """Where all that a branch asks for holds. A blank cell holds only where ``is_null`` asks for it."""
    holds = pl.Series([True]).new_from_index(0, batch.height)
    if case.field is None:
        return holds
    text = batch.filled(case.field)
    if case.is_null is not None:
        holds &= text.is_null() == case.is_null
    if case.equals is not None:
        words = [word.strip().lower() for word in case.equals]  # as Polars lowers the cells
        holds &= text.str.to_lowercase().is_in(words).fill_null(False)
    if case.matches is not None:
        holds &= text.str.contains(f"(?i){case.matches}").fill_null(False)
    if case.above is not None:
        # Seconds of a clock text, or the number itself: both compare with a threshold as printed.
        amounts = parse(batch.cells(case.field), DurationParser("s", "mm:ss", locale)).values
        holds &= (amounts > case.above).fill_null(False)
    return holds
