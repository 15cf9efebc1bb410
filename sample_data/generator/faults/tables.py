"""Changes to a table as it is printed: what an interface, an export or a person did to it."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from sample_data.generator.faults.kinds import Change

_NEXT_HOUR = timedelta(hours=1)


def set_cells(column: str, rows: list[int], values: list[str]) -> Change:
    """Other texts in some cells of a column."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        texts = table[column].cast(pl.String)
        places = [row for row in rows if row < table.height]
        new = pl.Series(values[: len(places)], dtype=pl.String)
        return table.with_columns(texts.scatter(places, new).alias(column))

    return change


def set_where(condition: pl.Expr, **cells: pl.Expr | str | int | float) -> Change:
    """Other values in the rows that meet a condition; the columns keep their types."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        return table.with_columns(
            pl.when(condition).then(pl.lit(value) if not isinstance(value, pl.Expr) else value)
            .otherwise(pl.col(name)).cast(table.schema[name]).alias(name)
            for name, value in cells.items()
        )  # fmt: skip

    return change


def without(condition: pl.Expr) -> Change:
    return lambda table: table.filter(~condition)


def renamed(old: str, new: str) -> Change:
    return lambda table: table.rename({old: new})


def repeated(rows: int, start: int) -> Change:
    """Some rows a second time further down, as paging leaves them when data move."""
    return lambda table: pl.concat([table, table.slice(start, rows)])


def repeated_with(rows: int, start: int, change: Change) -> Change:
    """Some rows a second time, saying something else."""
    return lambda table: pl.concat([table, change(table.slice(start, rows))])


def first_share(share: float, change: Change) -> Change:
    """Only the first rows, changed."""
    return lambda table: change(table.head(round(table.height * share)))


def both(*changes: Change) -> Change:
    def change(table: pl.DataFrame) -> pl.DataFrame:
        for one in changes:
            table = one(table)
        return table

    return change


def hours_earlier(columns: list[str], form: str) -> Change:
    """A clock that was not put forward: every printed time an hour early."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        return table.with_columns(
            (pl.col(name).str.to_datetime(form) - _NEXT_HOUR).dt.strftime(form) for name in columns
        )

    return change


def decimal_comma(column: str, decimals: int, expression: pl.Expr) -> Change:
    """Arithmetic on a column that is printed with a decimal comma; ``expression`` works on ``pl.col('x')``."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        number = table.select(x=pl.col(column).str.replace(",", ".").cast(pl.Float64, strict=False)).select(expression)
        texts = [None if x is None else f"{x:.{decimals}f}".replace(".", ",") for x in number.to_series()]
        return table.with_columns(pl.Series(column, texts, dtype=pl.String).fill_null(""))

    return change


def on_day(column: str, day: date, form: str) -> pl.Expr:
    return pl.col(column) == day.strftime(form)


def impossible_percent(answered: str, percent: str, row_condition: pl.Expr) -> Change:
    """A percentage with one decimal that no whole number of ``answered`` gives, near the true one."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        texts = []
        for hit, count, text in zip(
            table.select(row_condition).to_series(), table[answered].to_list(), table[percent].to_list(), strict=True
        ):
            texts.append(_near(int(count), text) if hit else text)
        return table.with_columns(pl.Series(percent, texts))

    return change


def _near(count: int, text: str) -> str:
    possible = {f"{100 * k / count:.1f}" for k in range(count + 1)}
    tenths = round(float(text.replace(",", ".")) * 10)
    for step in range(1, 1000):
        candidate = f"{(tenths - step) / 10:.1f}"
        if candidate not in possible:
            return candidate.replace(".", ",")
    return text
