"""Running suites on evidence tables with Great Expectations: pass, fail and error are three different results.

DuckDB computes the evidence (small tables), Great Expectations judges it as pandas frames. Importing it takes seconds,
so it is imported here, inside a function, and only where something new was loaded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from pipelines.trust.suites import Check, Suite, fingerprint

#: Offending rows that a result keeps.
KEPT = 20

SCHEMA: dict[str, pl.DataType] = {
    "suite": pl.String(),
    "source": pl.String(),
    "feed": pl.String(),
    "check_id": pl.String(),
    "type": pl.String(),
    "severity": pl.String(),
    "owner": pl.String(),
    "sentence": pl.String(),
    "sentence_fr": pl.String(),
    "result": pl.String(),  # pass, fail, error
    "rows": pl.Int64(),
    "offending": pl.Int64(),
    "examples": pl.String(),
    "message": pl.String(),
    "checked_at": pl.Datetime("us", "UTC"),
    "suites": pl.String(),  # fingerprint of all suites of the run
}


def run_checks(suites: list[Suite], evidence: Mapping[str, pl.DataFrame], now: datetime) -> pl.DataFrame:
    """Every check of every suite on its evidence: one row each, columns of :data:`SCHEMA`.

    A suite whose evidence is empty (a feed that the company does not have) is left out. A check that can't be carried
    out is an error with its message, never a failed check.
    """
    wanted = [suite for suite in suites if not evidence[suite.meta.evidence].is_empty()]
    if not wanted:
        return pl.DataFrame(schema=SCHEMA)
    expectations = _Expectations()
    print_of_all = fingerprint(suites)
    rows = [
        {**_described(suite, check), **outcome, "checked_at": now, "suites": print_of_all}
        for suite in wanted
        for check, outcome in expectations.judged(suite, evidence[suite.meta.evidence])
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def result_counts(results: pl.DataFrame) -> dict[str, int]:
    """How many checks passed, failed, and could not be carried out."""
    counted: dict[str, int] = dict(results["result"].value_counts().iter_rows())
    return {name: counted.get(name, 0) for name in ("pass", "fail", "error")}


def _described(suite: Suite, check: Check) -> dict[str, Any]:
    return {
        "suite": suite.name,
        "source": suite.source,
        "feed": suite.meta.feed,
        "check_id": check.meta.id,
        "type": check.type,
        "severity": check.severity,
        "owner": check.meta.owner,
        "sentence": check.meta.sentence.en,
        "sentence_fr": check.meta.sentence.fr,
    }


class _Expectations:
    """Great Expectations in memory: no files, no progress bars, nothing sent anywhere."""

    def __init__(self) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = gx
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._source = self._context.data_sources.add_pandas("evidence")

    def judged(self, suite: Suite, frame: pl.DataFrame) -> list[tuple[Check, dict[str, Any]]]:
        asset = self._source.add_dataframe_asset(f"{suite.source}.{suite.name}")
        definition = asset.add_batch_definition_whole_dataframe("all")
        batch = definition.get_batch({"dataframe": frame.to_pandas()})
        return [(check, self._judge(batch, suite, check, frame)) for check in suite.expectations]

    def _judge(self, batch: Any, suite: Suite, check: Check, frame: pl.DataFrame) -> dict[str, Any]:
        known = [name for name in suite.meta.rows if name in frame.columns]
        wanted: dict[str, Any] = {"result_format": "COMPLETE"}
        if known:
            wanted["unexpected_index_column_names"] = known
        try:
            one = self._gx.ExpectationSuite(
                name=check.meta.id,
                expectations=[{"type": check.type, "kwargs": check.kwargs, "meta": {"id": check.meta.id}}],
            )
            result = batch.validate(one, result_format=wanted).results[0].to_json_dict()
        except Exception as error:  # whatever a check raises is that check's own error, and must not stop the others
            return _outcome("error", frame.height, message=f"{type(error).__name__}: {error}")
        raised = _raised(result.get("exception_info") or {})
        if raised is not None:
            return _outcome("error", frame.height, message=raised)
        if result["success"]:
            return _outcome("pass", frame.height)
        details = result.get("result") or {}
        examples = details.get("unexpected_index_list") or []
        count = details.get("unexpected_count")
        seen = details.get("observed_value")
        message = None if seen is None else f"observed {seen}"
        return _outcome("fail", frame.height, len(examples) if count is None else count, examples, message)


def _raised(info: dict[str, Any]) -> str | None:
    """The message of an exception, which Great Expectations tells at one of two depths."""
    parts = [info] if "raised_exception" in info else list(info.values())
    for part in parts:
        if isinstance(part, dict) and part.get("raised_exception"):
            return str(part.get("exception_message") or "the check could not be carried out")
    return None


def _outcome(
    result: str, rows: int, offending: int = 0, examples: list[Any] | None = None, message: str | None = None
) -> dict[str, Any]:
    shown = json.dumps((examples or [])[:KEPT], default=str, ensure_ascii=False)
    return {
        "result": result, "rows": rows, "offending": offending, "examples": shown,
        "message": None if message is None else message[:500],
    }  # fmt: skip
