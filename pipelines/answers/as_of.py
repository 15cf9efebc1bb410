"""Any answer as of a past date: a workspace whose clock stands there, and a reader that knows what was known then.

Every function of this room that takes a workspace and a reader answers as of then when it is given these two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.trust.checks import SCHEMA as RESULTS
from pipelines.trust.findings import SCHEMA as FINDINGS
from pipelines.trust.watch import look
from pipelines.warehouse import MemoryBuild, Reader, known_at
from pipelines.warehouse.trust_tables import frame_of, replace_table
from pipelines.workspace import Workspace


def end_of_day(workspace: Workspace, day: date) -> datetime:
    """The last moment of a day on the company's clock: what had come by then was known on that day."""
    return datetime.combine(day, time.max, ZoneInfo(workspace.settings.time_zone))


def then(workspace: Workspace, instant: datetime) -> Workspace:
    """The workspace with its clock at ``instant``: nothing that was due later is missing yet, and of what people wrote
    later nothing is known."""
    settings = workspace.settings.model_copy(update={"as_of": instant})
    return replace(workspace, settings=settings, known_until=instant)


def known_then(workspace: Workspace, reader: Reader, instant: datetime) -> tuple[Workspace, MemoryBuild]:
    """The workspace and the warehouse as of ``instant``, for whoever keeps them longer than :func:`as_known_at` does.

    Close its reader when done. Raises ``ValueError`` for an instant without a zone.
    """
    past = known_at(reader, workspace, instant)
    earlier = then(workspace, instant)
    look(earlier, past)
    replace_table(past, "findings", _seen_by_then(frame_of(past, "findings"), reader.frame("findings"), instant))
    replace_table(past, "check_results", pl.DataFrame(schema=RESULTS))
    return earlier, past


def _seen_by_then(found: pl.DataFrame, today: pl.DataFrame, instant: datetime) -> pl.DataFrame:
    """What a run had found by then keeps the moment at which it did."""
    known = today.filter(pl.col("first_seen_at") <= instant.astimezone(UTC)).select("finding_id", seen="first_seen_at")
    joined = found.join(known, on="finding_id", how="left")
    return joined.with_columns(first_seen_at=pl.coalesce("seen", "first_seen_at")).select(*FINDINGS)


@contextmanager
def as_known_at(workspace: Workspace, reader: Reader, instant: datetime) -> Iterator[tuple[Workspace, Reader]]:
    """``(workspace, reader)`` as of ``instant``: figures, findings, data shares and what was due, as known then.

    It reproduces what was shown: rows that came later are not in it, rows that were restated since have their earlier
    content, and what people wrote since (statuses, waivers, choices) is not in it. Terms and mappings are those of the
    workspace now; terms are looked up by the day they bear on. Results of
    the Great Expectations suites are not made again (there are none).

        with as_known_at(workspace, reader, end_of_day(workspace, day)) as (workspace_then, reader_then):
            review_week(workspace_then, reader_then)
    """
    earlier, past = known_then(workspace, reader, instant)
    with past.reader() as known:
        yield earlier, known
