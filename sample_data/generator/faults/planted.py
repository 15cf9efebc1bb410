"""All planted faults."""

from __future__ import annotations

from sample_data.generator.faults.consistency import CONSISTENCY
from sample_data.generator.faults.coverage import COVERAGE
from sample_data.generator.faults.delivery import DELIVERY
from sample_data.generator.faults.kinds import Fault
from sample_data.generator.faults.stories import STORIES

FAULTS: tuple[Fault, ...] = (*DELIVERY, *COVERAGE, *CONSISTENCY, *STORIES)
