"""Records that a mapping leaves out: by declared rules, and total rows, which are checksums and never facts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.mapping.batches import TotalResult
from pipelines.intake.mapping.cells import Parser, parse
from pipelines.intake.mapping.raw import RawBatch
from pipelines.workspace.feeds import Completeness, RowRule, TotalCheck

TOTAL_RULE = "total row"
#: Sums of printed decimals differ from printed totals in the last binary digits.
_ROUNDING = 1e-9


def rule_hits(batch: RawBatch, rules: Sequence[RowRule]) -> pl.Series:
    """The reason (``why``) of the first rule that leaves each record out; null for those that stay."""
    reasons = pl.Series([None], dtype=pl.String).new_from_index(0, batch.height)
    for rule in reversed(rules):
        reasons = reasons.set(_left_out(batch.filled(rule.field), rule), rule.why)
    return reasons


def _left_out(text: pl.Series, rule: RowRule) -> pl.Series:
    """Where one rule applies. Case doesn't count, nor do blanks around the text."""
    out = pl.Series([False]).new_from_index(0, len(text))
    if rule.drop_if_null:
        out |= text.is_null()
    if rule.keep_if_notnull:
        out |= text.is_null()
    if rule.drop_if_matches is not None:
        out |= text.str.contains(f"(?i){rule.drop_if_matches}").fill_null(False)
    if rule.keep_if_matches is not None:
        out |= ~text.str.contains(f"(?i){rule.keep_if_matches}").fill_null(False)
    if rule.drop_if_in is not None:
        out |= _among(text, rule.drop_if_in)
    if rule.keep_if_in is not None:
        out |= ~_among(text, rule.keep_if_in)
    return out


def _among(text: pl.Series, words: Sequence[str]) -> pl.Series:
    """Where the text is one of the words; an empty word stands for a blank."""
    found = text.str.to_lowercase().is_in([word.strip().lower() for word in words]).fill_null(False)
    return found | text.is_null() if "" in words else found


class Totals:
    """The total rows of one file against the sums of the rows above them."""

    def __init__(self, checks: Sequence[TotalCheck], parsers: dict[str, Parser]) -> None:
        self._checks = checks
        self._parsers = parsers
        self._since: dict[tuple[int, str], float] = {}  # since the last total of the same check
        self._grand: dict[tuple[int, str], float] = {}  # since the beginning
        self.results: list[TotalResult] = []

    def hits(self, batch: RawBatch) -> pl.Series:
        """Which records are total rows of any check."""
        found = pl.Series([False]).new_from_index(0, batch.height)
        for check in self._checks:
            found |= self._is_total(batch, check)
        return found

    def _is_total(self, batch: RawBatch, check: TotalCheck) -> pl.Series:
        return batch.filled(check.field).str.contains(f"(?i){check.total_row}").fill_null(False)

    def take(self, batch: RawBatch, left_out: pl.Series) -> None:
        """Add the records that stay to the sums, and compare each total row as it comes.

        Raises :class:`DeliveryRefused` (total_mismatch) where a check that refuses finds another sum.
        """
        for index, check in enumerate(self._checks):
            totals = self._is_total(batch, check)
            for header in check.sum_of:
                values = parse(batch.cells(header), self._parsers[header]).values.cast(pl.Float64)
                self._compare((index, header), check, batch.rows, values, totals, values.set(left_out, None))

    def _compare(
        self,
        key: tuple[int, str],
        check: TotalCheck,
        rows: pl.Series,
        printed: pl.Series,
        totals: pl.Series,
        added: pl.Series,
    ) -> None:
        begin = 0
        for end in totals.arg_true().to_list():
            self._add(key, added.slice(begin, end - begin))
            self._judge(key, check, int(rows[end]), printed[end])
            self._since[key] = 0.0
            begin = end + 1
        self._add(key, added.slice(begin))

    def _add(self, key: tuple[int, str], values: pl.Series) -> None:
        amount = float(values.sum() or 0.0)
        self._since[key] = self._since.get(key, 0.0) + amount
        self._grand[key] = self._grand.get(key, 0.0) + amount

    def _judge(self, key: tuple[int, str], check: TotalCheck, row: int, printed: float | None) -> None:
        """A total is of the rows since the last one, or, where it is the total of the totals, of all rows."""
        observed = self._since[key]
        if (
            printed is not None
            and not self._equal(printed, observed, check)
            and self._equal(printed, self._grand[key], check)
        ):
            observed = self._grand[key]
        ok = printed is not None and self._equal(printed, observed, check)
        self.results.append(TotalResult(row, key[1], printed, observed, check.tolerance, ok))
        if not ok and check.on_mismatch == "refuse":
            shown = "nothing readable" if printed is None else f"{printed:g}"
            message = f"Row {row}: the total of “{key[1]}” reads {shown}, and the rows above it add up to {observed:g}."
            raise DeliveryRefused("total_mismatch", message)

    @staticmethod
    def _equal(printed: float, observed: float, check: TotalCheck) -> bool:
        return abs(printed - observed) <= check.tolerance + _ROUNDING * max(abs(printed), abs(observed), 1.0)


class CompletenessWatch:
    """The column that says whether an export is whole."""

    def __init__(self, rule: Completeness | None) -> None:
        self._rule = rule
        self.seen: str | None = None

    def take(self, batch: RawBatch) -> None:
        """Raises :class:`DeliveryRefused` (truncated_export) at the first value that says that rows are missing."""
        if self._rule is None:
            return
        text = batch.filled(self._rule.field)
        whole = text.str.to_lowercase().is_in([word.strip().lower() for word in self._rule.must_be])
        wrong = (~whole).fill_null(False)
        if wrong.any():
            at = int(wrong.arg_true()[0])
            wanted = " or ".join(self._rule.must_be)
            message = (
                f"Row {batch.rows[at]}: “{self._rule.field}” reads “{text[at]}”, not {wanted}: "
                "the export is not complete. Ask for it again."
            )
            raise DeliveryRefused("truncated_export", message)
        if self.seen is None and text.null_count() < len(text):
            self.seen = str(text.drop_nulls()[0])

    def finish(self, records: int) -> None:
        """Raises :class:`DeliveryRefused` where no record says anything."""
        if self._rule is not None and self.seen is None and records:
            message = f"“{self._rule.field}” is blank on every row, so nothing says that the export is complete."
            raise DeliveryRefused("truncated_export", message)
