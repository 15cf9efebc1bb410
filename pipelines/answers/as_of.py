"""Any answer as of a past date: a workspace whose clock stands there, and a reader that knows what was known then.

Every function of this room that takes a workspace and a reader answers as of then when it is given these two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.trust.checks import SCHEMA as RESULTS
from pipelines.trust.watch import look
from pipelines.warehouse import Reader, known_at
from pipelines.warehouse.trust_tables import replace_table
from pipelines.workspace import Workspace


def end_of_day(workspace: Workspace, day: date) -> datetime:
    """The last moment of a day on the company's clock: what had come by then was known on that day."""
    return datetime.combine(day, time.max, ZoneInfo(workspace.settings.time_zone))


def then(workspace: Workspace, instant: datetime) -> Workspace:
    """The workspace with its clock at ``instant``: nothing that was due later is missing yet."""
    return replace(workspace, settings=workspace.settings.model_copy(update={"as_of": instant}))


@contextmanager
def as_known_at(workspace: Workspace, reader: Reader, instant: datetime) -> Iterator[tuple[Workspace, Reader]]:
    """``(workspace, reader)`` as of ``instant``: figures, findings, data shares and what was due, as known then.

    It reproduces what was shown: rows that came later are not in it, rows that were restated since have their earlier
    content. Terms and mappings are those of the workspace now; terms are looked up by the day they bear on.
    Results of the Great Expectations suites are not made again (there are none).

        with as_known_at(workspace, reader, end_of_day(workspace, day)) as (workspace_then, reader_then):
            review_week(workspace_then, reader_then)
    """
    past = known_at(reader, workspace, instant)
    earlier = then(workspace, instant)
    look(earlier, past)
    replace_table(past, "check_results", pl.DataFrame(schema=RESULTS))
    with past.reader() as known:
        yield earlier, known
