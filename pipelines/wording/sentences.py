"""Every sentence that a verdict becomes: comparisons, usual ranges, moves, what stands out in a week.

No jargon in them: how the verdict was reached stands one click below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.measures.catalogue import MEASURES
from pipelines.wording.escape import md_escape
from pipelines.wording.formats import UNKNOWN
from pipelines.wording.speech import Speech
from pipelines.wording.written import VERDICT_MARKS, Written

#: Whether a target will be kept as things run today: shapes of their own, beside the figure.
ASSURANCE_MARKS = {"consistent_pass": "✓", "consistent_fail": "✕", "hit_and_miss": "?"}
#: Colours of badges that carry a verdict beside its mark and words.
BADGES = {"better": "blue", "worse": "orange", "higher": "gray", "lower": "gray", "equal": "gray"}


def size(written: Written, value: float | None) -> str:
    """How large a difference is, without its sign: 4.6 pts, 12 s."""
    text = written.difference(None if value is None else abs(value))
    return text.removeprefix("+")


def comparison_sentences(written: Written, vendor: str, row: Mapping[str, Any]) -> str:
    """One vendor and measure in Markdown: the gap as it stands and what the contacts explain, then like for like.

    ``row``: columns of ``answers.compare.COMPARED``.
    """
    parts = {"vendor": md_escape(vendor)} | _values(written, row)
    texts = written.speech.texts
    if row["verdict"] == "not_comparable":
        return texts("fair.verdict.not_comparable", **parts)
    if row["gap"] is None or row["crude"] is None:
        return texts("fair.verdict.no_gap", **parts)
    first = texts(f"fair.contacts.{_contacts_key(written, row)}", **parts)
    second = texts(f"fair.verdict.{row['verdict']}", **parts)
    return f"{first} {second}"


def _values(written: Written, row: Mapping[str, Any]) -> dict[str, str]:
    formats = written.speech.formats
    return {
        "value": written.value(row["value"]),
        "baseline": written.value(row["baseline_value"]),
        "crude": size(written, row["crude"]),
        "contacts": size(written, row["contacts"]),
        "gap": size(written, row["gap"]),
        "interval": written.gap_interval(row["gap_low"], row["gap_high"]),
        "margin": size(written, row["margin"]),
        "detectable": size(written, row["detectable"]),
        "support": formats.rate(row["support"], 0),
        "n": formats.number(row["n"]),
        "baseline_n": formats.number(row["baseline_n"]),
    }


def _contacts_key(written: Written, row: Mapping[str, Any]) -> str:
    """Where the vendor stands, and which way its contacts push it, as far as either can be seen in the figures."""
    crude, contacts = _side(written, row["crude"]), _side(written, row["contacts"])
    if written.measure.direction == "none":
        places = {1: "above", -1: "below", 0: "level"}
        pushes = {1: "up", -1: "down", 0: "alike"}
        return f"{places[crude]}_{pushes[contacts]}"
    good = 1 if written.measure.direction == "higher" else -1
    places = {good: "ahead", -good: "behind", 0: "level"}
    pushes = {good: "easier", -good: "harder", 0: "alike"}
    return f"{places[crude]}_{pushes[contacts]}"


def _side(written: Written, value: float) -> int:
    """1, -1, or 0 where the difference is too small to be written."""
    if written.difference(value) in (written.difference(0.0), UNKNOWN):
        return 0
    return 1 if value > 0 else -1


def verdict_short(speech: Speech, verdict: str) -> str:
    """Mark and words of a verdict: ▲ better."""
    return f"{VERDICT_MARKS[verdict]} {speech.texts(f'fair.short.{verdict}')}"


def gap_words(written: Written, row: Mapping[str, Any]) -> str:
    """The verdict of a judged row in a few words with its mark: ▼ 2.9 pts worse; nothing where none is given."""
    verdict = row["verdict"]
    if verdict not in VERDICT_MARKS:
        return ""
    return f"{VERDICT_MARKS[verdict]} {written.speech.texts(f'gap.{verdict}', gap=size(written, row['gap']))}"


def usual_sentence(written: Written, vendor: str, chart: Any, target: float | None) -> str:
    """What the latest week of a chart (``measures.spc.Chart``) says, and whether the target will hold."""
    texts = written.speech.texts
    limits = chart.phases[-1] if chart.phases else None
    known = {
        "vendor": md_escape(vendor),
        "usual": written.interval(limits.lower, limits.upper) if limits else UNKNOWN,
        "value": written.value(chart.points["value"][-1] if chart.points.height else None),
        "target": written.value(target),
    }
    first = texts(f"usual.variation.{chart.variation}", **known)
    if chart.assurance == "no_target":
        return first
    mean = limits.mean if limits else None
    return f"{first} {assurance_sentence(written, chart.assurance, mean, target, chart.direction)}"


def assurance_sentence(
    written: Written, assurance: str, mean: float | None, target: float | None, direction: str | None = None
) -> str:
    """Whether a target will be kept as things run today; hit and miss, with an average on the wrong side of it, is
    mostly missed. ``direction``: which way is good, by default that of the measure."""
    higher = (direction or written.measure.direction) == "higher"
    wrong = None not in (mean, target) and (mean < target) == higher  # type: ignore[operator]
    key = "mostly_missed" if assurance == "hit_and_miss" and wrong else assurance
    return written.speech.texts(f"usual.assurance.{key}", target=written.value(target))


def move_sentence(written: Written, queues: str, vendor: str, study: Any) -> str:
    """What a move changed (``measures.moves.MoveStudy``), against the work that stayed."""
    texts, formats = written.speech.texts, written.speech.formats
    direction = "up" if study.effect > 0 else "down"
    first = texts(
        f"moves.effect.{direction}",
        queues=md_escape(queues),
        vendor=md_escape(vendor),
        measure=written.inside,
        effect=size(written, study.effect),
        beaten=formats.number(study.of - study.rank),
        others=formats.number(study.of - 1),
    )
    second = texts(f"moves.verdict.{move_verdict(written, study)}")
    return f"{first} {second}"


def move_verdict(written: Written, study: Any) -> str:
    """A measure of which neither direction is good is higher or lower, never better or worse."""
    if written.measure.direction != "none":
        return str(study.verdict)
    verdict = str(study.verdict)
    return {"better": "higher", "worse": "lower"}.get(verdict, verdict)


def standout_sentence(speech: Speech, vendor: str, kind: str, metric: str | None, values: Mapping[str, Any]) -> str:
    """What stands out (``answers.standouts.Standout``), in Markdown; of a missed target also whether it will recur."""
    texts, formats = speech.texts, speech.formats
    if metric is None:
        return texts(
            f"changed.{kind}",
            vendor=md_escape(vendor),
            feed=md_escape(texts.known("feed", values["feed"])),
            missing=formats.number(values["missing"]),
            expected=formats.number(values["expected"]),
        )
    written = Written(speech, MEASURES[metric])
    known = values.get
    usual = written.interval(known("usual_low"), known("usual_high"))
    told = texts(
        f"changed.{kind}_alone" if kind == "clause_missed" and usual == UNKNOWN else f"changed.{kind}",
        vendor=md_escape(vendor),
        measure=written.inside,
        n=formats.number(known("n")),
        value=written.value(known("value")),
        previous=written.value(known("previous")),
        target=written.value(known("target")),
        shortfall=size(written, known("shortfall")),
        interval=written.interval(known("low"), known("high")),
        usual=usual,
        usual_mean=written.value(known("usual_mean")),
        gap=size(written, known("gap")),
        gap_interval=written.gap_interval(known("gap_low"), known("gap_high")),
        gap_n=formats.number(known("gap_n")),
        weeks=formats.number(known("gap_weeks")),
        crude=size(written, known("crude_gap")),
        told=md_escape((known("sentence_fr") if speech.language == "fr" else None) or known("sentence") or ""),
    )
    assurance = known("assurance")
    if kind != "clause_missed" or assurance not in ("consistent_fail", "hit_and_miss"):
        return told
    mean, target, direction = known("usual_mean"), known("target"), known("target_direction")
    return f"{told} {assurance_sentence(written, assurance, mean, target, direction)}"
