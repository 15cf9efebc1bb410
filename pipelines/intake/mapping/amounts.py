"""Amounts of money in the smallest units of their currency, as payment systems count them: 1999 is 19.99 EUR."""

from __future__ import annotations

import polars as pl

from pipelines.intake.mapping.cells import recode
from pipelines.workspace.values import MINOR_DIGITS

#: Units of a mapping that are less than the currency's own.
FRACTIONS = ("minor", "cents")

_DIVISORS = {code: str(10**digits) for code, digits in MINOR_DIGITS.items()}
_EXACT = pl.Decimal(38, 4)


def whole_units(amounts: pl.Series, currencies: pl.Series | None) -> tuple[pl.Series, pl.Series]:
    """Amounts in whole units, and for each that can't be told the reason (else null).

    ``currencies``: the code of each row, whose own number of digits counts; None where all are hundredths. A smallest
    unit has no parts: an amount that has some was not in minor units.
    """
    if currencies is None:
        divisors = pl.Series(["100"]).new_from_index(0, len(amounts))
    else:
        divisors = recode(currencies, _DIVISORS)
    frame = pl.DataFrame([amounts.cast(_EXACT).alias("amount"), divisors.cast(_EXACT).alias("divisor")])
    whole = pl.col("amount").cast(pl.Int64).cast(_EXACT) == pl.col("amount")
    known = pl.col("divisor").is_not_null()
    found = frame.select(
        amount=pl.when(whole & known).then(pl.col("amount") / pl.col("divisor")).cast(amounts.dtype),
        reason=pl.when(pl.col("amount").is_null())
        .then(None)
        .when(~known)
        .then(pl.lit("an amount in minor units of an unknown currency"))
        .when(~whole)
        .then(pl.lit("not a whole number of minor units: is `unit` right?")),
    )
    return found["amount"], found["reason"]
