"""The ledger of one metric: what the terms give, what explains the series, and the walk from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.measures.definition_search import Explanation, explain
from pipelines.measures.definition_space import Candidate, formula_space, service_level_space, values
from pipelines.measures.definitions import ServiceLevelDefinition
from pipelines.measures.ledger.causes import CAUSES, split, tolerance
from pipelines.measures.ledger.clauses import (
    claimed_definition,
    service_level_terms,
    service_level_values,
    usual_formula,
)
from pipelines.measures.ledger.evidence import Evidence, Frames, restricted, series_of
from pipelines.measures.ledger.formulas import COUNTS, METRICS, formulas
from pipelines.measures.ledger.periods import WITHIN_DAY

#: Counts that never occur in a vendor's contacts make no definition of their own.
OCCURRING = ("flow_outs", "callbacks", "closed", "voicemail")


@dataclass(frozen=True, slots=True)
class MetricLedger:
    """The ledger of one metric at one granularity."""

    metric: str
    granularity: str
    lines: pl.DataFrame
    evidence: Evidence
    #: Definitions of service level that the terms name, the latest first; none for other metrics.
    terms: tuple[ServiceLevelDefinition, ...]

    @classmethod
    def of(cls, metric: str, granularity: str, lines: pl.DataFrame, evidence: Evidence) -> MetricLedger:
        terms = service_level_terms(evidence.clauses) if metric == "service_level" else []
        return cls(metric, granularity, lines, evidence, tuple(terms))

    def ledger(self, home: Frames, moved: Frames, adjusted: Frames) -> tuple[pl.DataFrame, list[Explanation]]:
        home, moved, adjusted = (restricted(frames, self.lines) for frames in (home, moved, adjusted))
        candidates = self._candidates(home)
        if not candidates:
            return self._silent(), []
        series = series_of(self.lines)

        def values_of(places: Sequence[int], keys: pl.DataFrame) -> pl.DataFrame:
            some = restricted(moved, keys)
            chosen = [candidates[place] for place in places]
            found = self._values(some, chosen)
            back = dict(enumerate(places))
            return found.with_columns(pl.col("candidate").replace_strict(back, return_dtype=pl.UInt32))

        why = explain(series, candidates, values_of)
        model = self._models(why, candidates)
        recomputed = self._values(home, candidates[:1])
        steps = self.lines.join(
            recomputed.select("key", v0="value", numerator="numerator", denominator="denominator"), on="key", how="left"
        )
        for name, frames in (("v1", moved), ("v2", adjusted)):
            found = self._values(frames, candidates[:1]).select("key", pl.col("value").alias(name))
            steps = steps.join(found, on="key", how="left")
        steps = self._modelled(steps, model, candidates, adjusted)
        return split(steps, self.metric in COUNTS, self._recomputes()).with_columns(
            definition_id=pl.lit(candidates[0].id if self._recomputes() else None)
        ), why

    def _recomputes(self) -> bool:
        """Whether the terms, the sender or usage say what the figure is: without that nothing is recomputed."""
        if self.metric != "service_level":
            return True
        return bool(self.terms) or self._claimed() is not None

    def _claimed(self) -> Candidate | None:
        usual = next(iter(self.terms), None)
        said = self.lines["claimed"].drop_nulls().unique().sort().to_list()
        found = [claimed_definition(text, usual) for text in said]
        return next((Candidate(one.id, 1, None, one, one.aggregation) for one in found if one is not None), None)

    def _candidates(self, frames: Frames) -> list[Candidate]:
        """What the terms say first; empty for a metric that contacts don't tell."""
        by_day = self.granularity not in ("day", *WITHIN_DAY)
        if self.metric != "service_level":
            usual = usual_formula(self.metric, self.evidence.clauses)
            if usual is None:
                return []
            space = formula_space(formulas(self.metric), by_day=by_day)
            return [Candidate(usual.id, 0, usual), *(one for one in space if one.id != usual.id)]
        terms, claimed = list(self.terms), self._claimed()
        first = terms[0] if terms else (claimed.service_level if claimed else None)
        sums = frames.cells.select(pl.col(name).sum() for name in OCCURRING if name in frames.cells.columns)
        present = [name for name in sums.columns if (sums[name][0] or 0) > 0]
        space = service_level_space(first, present, by_day=by_day)
        head = [Candidate(one.id, 0, None, one, one.aggregation) for one in terms[:1]] or space[:1]
        others = [Candidate(one.id, 1, None, one, one.aggregation) for one in terms[1:]]
        others += [claimed] if claimed else []
        return list({one.id: one for one in reversed([*head, *others, *space])}.values())[::-1]

    def _values(self, frames: Frames, chosen: Sequence[Candidate]) -> pl.DataFrame:
        """Values of some candidates. That of the terms is the clause in force on each day, on its own clock."""
        own = [one for one in chosen if not self._is_clause(one)]
        found = values(frames.cells, frames.waits, own)
        places = dict(enumerate(n for n, one in enumerate(chosen) if not self._is_clause(one)))
        found = found.with_columns(pl.col("candidate").replace_strict(places, default=None, return_dtype=pl.UInt32))
        clause = next((number for number, one in enumerate(chosen) if self._is_clause(one)), None)
        if clause is None:
            return found
        terms = service_level_values(frames.cells, self.evidence.clauses, self.evidence.intervals)
        terms = terms.with_columns(candidate=pl.lit(clause, pl.UInt32)).select(found.columns)
        return pl.concat([terms, found])

    def _is_clause(self, one: Candidate) -> bool:
        return bool(self.terms) and one.steps == 0 and one.service_level == self.terms[0]

    def _models(self, why: Sequence[Explanation], candidates: Sequence[Candidate]) -> pl.DataFrame:
        """For every key the place of the candidate that explains it (none: the terms), and how it is printed."""
        model = self.lines.select("key", "queue", "period_start").with_columns(
            place=pl.lit(None, pl.Int64), truncated=pl.lit(False)
        )
        for one in why:
            inside = pl.col("period_start").is_between(one.first_day, one.last_day) & pl.lit(one.established)
            if one.queue is not None:
                inside &= pl.col("queue") == one.queue
            model = model.with_columns(
                place=pl.when(inside).then(pl.lit(None if one.is_terms else one.place, pl.Int64)).otherwise("place"),
                truncated=pl.when(inside).then(one.truncated).otherwise("truncated"),
            )
        return model.select("key", "place", "truncated")

    def _modelled(
        self, steps: pl.DataFrame, model: pl.DataFrame, candidates: Sequence[Candidate], frames: Frames
    ) -> pl.DataFrame:
        """Adds v3 (the explaining definition over contacts), v4 (with its own average) and its id."""
        used = sorted(model["place"].drop_nulls().unique().to_list())
        steps = steps.join(model, on="key", how="left")
        if not used:
            return steps.with_columns(
                v3=pl.lit(None, pl.Float64), v4=pl.lit(None, pl.Float64), model=pl.lit(None, pl.String)
            )
        chosen = [candidates[place] for place in used]
        names = pl.DataFrame(
            {"place": used, "model": [one.id for one in chosen]}, schema={"place": pl.Int64, "model": pl.String}
        )
        steps = steps.join(names, on="place", how="left")
        for name, some in (("v3", [one.call_weighted() for one in chosen]), ("v4", chosen)):
            place = pl.col("candidate").replace_strict(dict(enumerate(used)), return_dtype=pl.Int64)
            table = values(frames.cells, frames.waits, some).select("key", pl.col("value").alias(name), place=place)
            steps = steps.join(table, on=["key", "place"], how="left")
        return steps

    def _silent(self) -> pl.DataFrame:
        reason = "no_source" if self.metric not in METRICS else "no_definition"
        nothing = [pl.lit(None, pl.Float64).alias(name) for name in ("recomputed", *CAUSES)]
        return self.lines.rename({"value": "reported"}).with_columns(
            *nothing, reason=pl.lit(reason), tolerance=tolerance()
        )
