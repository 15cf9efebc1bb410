"""The ledger of one metric: what the terms give, what explains the series, and the walk from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.measures.definition_search import Explanation, explain
from pipelines.measures.definition_space import (
    VALUES,
    Candidate,
    departures,
    formula_space,
    service_level_space,
    values,
)
from pipelines.measures.definitions import RepeatDefinition, ServiceLevelDefinition, service_level
from pipelines.measures.definitions.service_level import ClockStart, Variant
from pipelines.measures.ledger.causes import CAUSES, split, tolerance
from pipelines.measures.ledger.clauses import (
    claimed_definition,
    definition_ids,
    service_level_terms,
    service_level_values,
    terms_formulas,
    terms_values,
    usual_formula,
)
from pipelines.measures.ledger.evidence import Evidence, Frames, by_day, restricted, series_of
from pipelines.measures.ledger.formulas import COUNTS, METRICS, Formula, formulas
from pipelines.measures.ledger.periods import WITHIN_DAY, cells, members
from pipelines.measures.ledger.repeats import (
    DECLARED,
    declared_formulas,
    is_of_repeats,
    repeat_formula,
    repeat_rules,
    windows_of,
    with_repeats,
)

#: Clocks that only single contacts know; definitions are tried on them, and counted anew, where the marts' own
#: reproduce fewer than this share of the figures.
OTHER_CLOCKS: tuple[ClockStart, ...] = ("ring", "call_start")
WELL_EXPLAINED = 0.9
#: Variants that are counted anew.
RECOUNTED: tuple[Variant, ...] = ("abandon_negative", "answered_only", "abandon_positive", "abandon_ignored_T")
#: Averages over intervals.
BY_INTERVAL = ("mean_of_intervals", "interval_share", "contact_share")
#: Counts that never occur in a vendor's contacts make no definition of their own.
OCCURRING = ("flow_outs", "callbacks", "closed", "voicemail")


@dataclass(frozen=True, slots=True)
class MetricLedger:
    """The ledger of one metric at one granularity."""

    metric: str
    granularity: str
    lines: pl.DataFrame
    evidence: Evidence
    keys: pl.DataFrame
    #: Definitions of service level that the terms name, the latest first; none for other metrics.
    terms: tuple[ServiceLevelDefinition, ...]
    #: What was counted from single contacts, once for all candidates that read it.
    held: dict[str, pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(
        cls, metric: str, granularity: str, lines: pl.DataFrame, keys: pl.DataFrame, evidence: Evidence
    ) -> MetricLedger:
        terms = service_level_terms(evidence.clauses) if metric == "service_level" else []
        return cls(metric, granularity, lines, evidence, keys.join(lines, on="key", how="semi"), tuple(terms))

    def ledger(self, home: Frames, moved: Frames, adjusted: Frames) -> tuple[pl.DataFrame, list[Explanation]]:
        own: dict[int, Frames] = {}
        for frames in (home, moved, adjusted):
            if id(frames) not in own:
                own[id(frames)] = restricted(frames, self.lines)
        home, moved, adjusted = own[id(home)], own[id(moved)], own[id(adjusted)]
        candidates = self._candidates(home)
        if not candidates:
            return self._silent(), []
        why, candidates = self._explained(moved, candidates)
        model = self._models(why)
        recomputed = self._values(home, candidates[:1])
        steps = self._with_windows(self.lines, home).join(
            recomputed.select("key", v0="value", numerator="numerator", denominator="denominator"), on="key", how="left"
        )
        before, last = home, "v0"
        for name, frames in (("v1", moved), ("v2", adjusted)):
            if frames is before:  # nothing was cut or counted otherwise
                steps = steps.with_columns(pl.col(last).alias(name))
            else:
                found = self._values(frames, candidates[:1]).select("key", pl.col("value").alias(name))
                steps = steps.join(found, on="key", how="left")
            before, last = frames, name
        steps = self._modelled(steps, model, candidates, adjusted)
        ids = definition_ids(home.cells, self.evidence.clauses, self.metric)
        steps = self._within_a_second(steps, ids, adjusted)
        told = split(steps, self.metric in COUNTS, self._recomputes()).join(ids, on="key", how="left")
        usual = pl.lit(candidates[0].id) if self._recomputes() else pl.lit(None, pl.String)
        return told.with_columns(definition_id=pl.coalesce("in_force", usual)).drop("in_force"), why

    def _explained(self, frames: Frames, candidates: list[Candidate]) -> tuple[list[Explanation], list[Candidate]]:
        """What explains the series, and the candidates by their places.

        Definitions that have to be counted from single contacts (another clock, the interval of the answer, without
        transfers in) are tried only where those of the marts leave much unexplained.
        """
        series = series_of(self.lines)
        if frames.cells.is_empty():  # no contacts to try other definitions on
            usual = candidates[:1]
            return explain(series, usual, self._values_of(frames, usual)), usual
        why = explain(series, candidates, self._values_of(frames, candidates))
        if self.metric == "service_level" and _reproduced(why) < WELL_EXPLAINED:
            more = self._from_contacts(candidates[0])
            if more:
                candidates = [*candidates, *more]
                why = explain(series, candidates, self._values_of(frames, candidates))
        if is_of_repeats(self.metric) and _reproduced(why) < WELL_EXPLAINED:
            candidates = [*candidates, *self._other_repeats({one.id for one in candidates})]
            why = explain(series, candidates, self._values_of(frames, candidates))
        return why, candidates

    def _other_repeats(self, known: set[str]) -> list[Candidate]:
        """Every other rule for repeat contacts, and what the vendor declares itself."""
        usual = self._repeat_rules()[0]
        found = [
            Candidate(one.id, steps, one, repeat=rule)
            for rule, steps in repeat_rules(usual)
            for one in [repeat_formula(self.metric, rule, steps)]
        ]
        if self.evidence.declared is not None:
            found += [Candidate(one.id, one.steps, one) for one in declared_formulas(self.metric)]
        return [one for one in found if one.id not in known]

    def _repeat_rules(self) -> list[RepeatDefinition]:
        """The rules for repeat contacts that the terms name, the latest first; without any, the company's own."""
        own = self.evidence.clauses.filter(pl.col("metric") == self.metric)
        latest = own.sort("valid_from", descending=True, nulls_last=True)
        found = [RepeatDefinition.from_clause(row) for row in latest.iter_rows(named=True)]
        return list(dict.fromkeys(found or [self.evidence.usual_repeat]))

    def _usual(self) -> Formula | None:
        """What the metric is under the latest terms, or usually where they don't say."""
        if is_of_repeats(self.metric):
            return repeat_formula(self.metric, self._repeat_rules()[0])
        return usual_formula(self.metric, self.evidence.clauses)

    def _with_windows(self, lines: pl.DataFrame, frames: Frames) -> pl.DataFrame:
        """``lines`` with the first contacts of which it can't be told yet, or ever, whether they were repeated."""
        if not is_of_repeats(self.metric):
            return lines
        rules = self._repeat_rules()
        return lines.join(windows_of(self._with_repeats(frames, rules).cells, rules), on="key", how="left")

    def _with_repeats(self, frames: Frames, rules: Sequence[RepeatDefinition]) -> Frames:
        """``frames`` with the counts that the rules give, and what the vendor declares."""
        if not is_of_repeats(self.metric) or self.evidence.repeats is None:
            return frames
        found = with_repeats(frames.cells, rules, self.evidence.repeats)
        if self.evidence.declared is not None and "declared" not in found.columns:
            if "declared" not in self.held:
                self.held["declared"] = self.evidence.declared()
            found = found.join(self.held["declared"], on=["queue", "local_date"], how="left").with_columns(
                pl.col(DECLARED).fill_null(0)
            )
        return Frames(found, frames.waits)

    def _values_of(
        self, frames: Frames, candidates: Sequence[Candidate]
    ) -> Callable[[Sequence[int], pl.DataFrame], pl.DataFrame]:
        def values_of(places: Sequence[int], keys: pl.DataFrame) -> pl.DataFrame:
            chosen = [candidates[place] for place in places]
            found = self._values(restricted(frames, keys), chosen)
            back = dict(enumerate(places))
            return found.with_columns(pl.col("candidate").replace_strict(back, return_dtype=pl.UInt32))

        return values_of

    def _from_contacts(self, usual: Candidate) -> list[Candidate]:
        """Definitions of which the marts hold no counts."""
        level = usual.service_level
        if level is None:
            return []
        found: list[ServiceLevelDefinition] = []
        if self.evidence.waits_on is not None:
            plain = [one.service_level for one in service_level_space(level, [])]
            found += [replace(one, clock_start=clock) for clock in OTHER_CLOCKS for one in plain if one is not None]
        if self.evidence.counted is not None:
            held = [replace(level, variant=variant) for variant in RECOUNTED]
            found += [replace(one, attribution="answer") for one in held]
            found += [replace(one, transfers_in="leave_out") for one in held]
        own = {one.id for one in self.terms}
        return [
            Candidate(one.id, departures(one, level), None, one, one.aggregation) for one in found if one.id not in own
        ]

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
        if is_of_repeats(self.metric):
            if self.evidence.repeats is None:
                return []
            ruled = [(rule, repeat_formula(self.metric, rule)) for rule in self._repeat_rules()]
            return [Candidate(one.id, int(place > 0), one, repeat=rule) for place, (rule, one) in enumerate(ruled)]
        if self.metric != "service_level":
            usual = usual_formula(self.metric, self.evidence.clauses)
            if usual is None:
                return []
            named = terms_formulas(self.metric, self.evidence.clauses)
            every = {one.id: one for one in [*named, *formulas(self.metric)]}
            space = formula_space(list(every.values()), by_day=by_day)
            return [Candidate(usual.id, 0, usual), *(one for one in space if one.id != usual.id)]
        terms, claimed = list(self.terms), self._claimed()
        first = terms[0] if terms else (claimed.service_level if claimed else None)
        sums = frames.cells.select(pl.col(name).sum() for name in OCCURRING if name in frames.cells.columns)
        present = [name for name in sums.columns if (sums[name][0] or 0) > 0]
        space = service_level_space(first, present, by_day=by_day)
        if self.granularity in WITHIN_DAY:
            space = [one for one in space if one.aggregation not in BY_INTERVAL]
        head = [Candidate(one.id, 0, None, one, one.aggregation) for one in terms[:1]] or space[:1]
        others = [Candidate(one.id, 1, None, one, one.aggregation) for one in terms[1:]]
        others += [claimed] if claimed else []
        found: dict[str, Candidate] = {}
        for one in (*head, *others, *space):
            found.setdefault(one.id, one)
        return list(found.values())

    def _values(self, frames: Frames, chosen: Sequence[Candidate]) -> pl.DataFrame:
        """Values of some candidates. That of the terms is the clause in force on each day, on its own clock."""
        found: list[pl.DataFrame] = []
        for view, numbers in self._views(chosen).items():
            some = [chosen[number] for number in numbers]
            table = self._in_view(view, frames, some)
            back = dict(enumerate(numbers))
            found.append(table.with_columns(pl.col("candidate").replace_strict(back, return_dtype=pl.UInt32)))
        return pl.concat([one.select(*VALUES).cast(VALUES) for one in found])  # type: ignore[arg-type]

    def _views(self, chosen: Sequence[Candidate]) -> dict[str, list[int]]:
        """Which counts each candidate reads; the numbers of the candidates by the name of the counts."""
        views: dict[str, list[int]] = {}
        for number, one in enumerate(chosen):
            level = one.service_level
            view = "marts"
            if self._is_terms(one):
                view = "terms"
            elif level is not None and not level.in_marts:
                view = "recounted"
            elif level is not None and level.clock_start in OTHER_CLOCKS:
                view = level.clock_start
            elif level is not None and level.aggregation in BY_INTERVAL:
                view = "intervals"
            views.setdefault(view, []).append(number)
        return views

    def _in_view(self, view: str, frames: Frames, some: Sequence[Candidate]) -> pl.DataFrame:
        clauses, intervals = self.evidence.clauses, self.evidence.intervals
        if view == "terms":
            if self.metric == "service_level":
                if self.granularity in WITHIN_DAY:  # one interval has nothing to average
                    clauses = clauses.with_columns(aggregation=pl.lit("call_weighted"))
                terms = service_level_values(frames.cells, clauses, intervals, self._recount)
            else:
                frames = self._with_repeats(frames, self._repeat_rules()) if is_of_repeats(self.metric) else frames
                terms = terms_values(frames.cells, frames.waits, self.metric, clauses, self._usual())
            return terms.with_columns(candidate=pl.lit(0, pl.UInt32))
        if view == "marts":
            frames = self._with_repeats(frames, [one.repeat for one in some if one.repeat is not None])
            return values(frames.cells, frames.waits, some)
        if view in OTHER_CLOCKS:
            waits = self._waits_on(view)
            own = members(self.keys.join(frames.cells, on="key", how="semi"), self.evidence.days)
            return values(frames.cells, own.join(waits, on=["queue", "local_date"]), some)
        tables = []
        for number, one in enumerate(some):
            level = one.service_level
            assert level is not None
            counts = frames.cells
            if view == "recounted":
                cells, intervals = self._recount(level)
                counts = cells.join(frames.cells, on="key", how="semi")
            if level.aggregation in BY_INTERVAL:
                counts = counts.select("key", "queue", "local_date").join(intervals, on=["queue", "local_date"])
            tables.append(service_level(counts, level, by=["key"]).with_columns(candidate=pl.lit(number, pl.UInt32)))
        return pl.concat(one.select(*VALUES) for one in tables)

    def _waits_on(self, clock: str) -> pl.DataFrame:
        if clock not in self.held:
            assert self.evidence.waits_on is not None
            self.held[clock] = self.evidence.waits_on(clock)
        return self.held[clock]

    def _recount(self, level: ServiceLevelDefinition) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Cells and intervals of this metric's keys, counted anew under a definition that the marts don't hold."""
        name = replace(level, variant="abandon_negative", aggregation="call_weighted", interval_target=None).id
        if name not in self.held:
            assert self.evidence.counted is not None
            self.held[name] = self.evidence.counted(level)
        intervals = self.held[name]
        return cells(self.keys, by_day(intervals), intervals), intervals

    def _is_terms(self, one: Candidate) -> bool:
        if self.metric != "service_level":
            usual = self._usual()
            return usual is not None and one.steps == 0 and one.id == usual.id
        return bool(self.terms) and one.steps == 0 and one.service_level == self.terms[0]

    def _models(self, why: Sequence[Explanation]) -> pl.DataFrame:
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
            table = self._values(frames, some).select("key", pl.col("value").alias(name), place=place)
            steps = steps.join(table, on=["key", "place"], how="left")
        return steps

    def _within_a_second(self, steps: pl.DataFrame, ids: pl.DataFrame, frames: Frames) -> pl.DataFrame:
        """Adds ``second_low`` and ``second_high``: what the service level could be if each wait were a second off.

        Only of waits that are all whole seconds: two clocks that round on their own differ by one. Of lines that
        another clause binds, or that are no ratio of contacts in the marts, nothing is said.
        """
        nothing = [pl.lit(None, pl.Float64).alias(name) for name in ("second_low", "second_high")]
        level = next(iter(self.terms), None)
        waits = frames.waits
        fractions = waits.is_empty() or bool((waits["wait_bin"] % 2 == 1).any())
        if (
            level is None
            or fractions
            or level.threshold_s <= 1
            or not level.in_marts
            or level.aggregation != "call_weighted"
        ):
            return steps.with_columns(nothing)
        around = [replace(level, threshold_s=level.threshold_s + off, short_abandon_s=level.short_abandon_s)
                  for off in (-1.0, 1.0)]  # fmt: skip
        found = self._values(frames, [Candidate(one.id, 1, None, one, one.aggregation) for one in around])
        span = found.group_by("key").agg(second_low=pl.col("value").min(), second_high=pl.col("value").max())
        own = ids.filter(pl.col("in_force") == level.id).select("key")
        return steps.join(span.join(own, on="key", how="semi"), on="key", how="left")

    def _silent(self) -> pl.DataFrame:
        reason = "no_source" if self.metric not in METRICS else "no_definition"
        nothing = [pl.lit(None, pl.Float64).alias(name) for name in ("recomputed", *CAUSES)]
        return self.lines.rename({"value": "reported"}).with_columns(
            *nothing, reason=pl.lit(reason), tolerance=tolerance()
        )


def _reproduced(why: Sequence[Explanation]) -> float:
    """Share of the periods that are reproduced by what explains them."""
    pooled = [one for one in why if one.queue is None]
    periods = sum(one.periods for one in pooled)
    return sum(one.fits for one in pooled) / periods if periods else 1.0
