"""The look that every run takes at what it has loaded: findings, held against those of the run before."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.trust.arrived import delivery_findings
from pipelines.trust.clock import now_of
from pipelines.trust.expected import due_deliveries, judged_deliveries
from pipelines.trust.findings import SCHEMA, findings_frame, followed_up
from pipelines.warehouse import Build
from pipelines.warehouse.trust_tables import frame_of, held, replace_table
from pipelines.workspace import Workspace


def look(workspace: Workspace, build: Build) -> tuple[int, bool]:
    """Find, follow up, keep. Returns how many findings there are, and whether anything about them has changed."""
    deliveries = frame_of(build, "deliveries").rename({"vendor_code": "vendor"})
    judged = judged_deliveries(due_deliveries(workspace, now_of(workspace)), deliveries)
    found = findings_frame(delivery_findings(judged, deliveries, frame_of(build, "reject_reasons")), datetime.now(UTC))
    before = held(build, "findings", SCHEMA)
    after = followed_up(before, found, datetime.now(UTC))
    replace_table(build, "findings", after)
    seen = ["finding_id", "fingerprint", "closed_at"]
    return found.height, not after.select(seen).sort("finding_id").equals(before.select(seen).sort("finding_id"))
