"""``faults.yaml``: the answer key, written from the list of faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import yaml

from sample_data.generator.faults.kinds import Fault
from sample_data.generator.faults.planted import FAULTS

_HEAD = """\
# What is wrong with the files of this example, on purpose, and what should be found. Written by the generator.
# kind: a kind of finding; recoverable: a later file puts it right; queue: where only one is touched;
# follows: another finding that the same cause may rightly give.
"""


def answer_key(faults: Iterable[Fault] = FAULTS) -> bytes:
    """The list as YAML, in order of the list."""
    entries = [entry for fault in faults for entry in _entries(fault)]
    listed: str = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=120)
    return (_HEAD + listed).encode()


def _entries(fault: Fault) -> Iterator[dict[str, object]]:
    entry: dict[str, object] = {
        "id": fault.id,
        "vendor": fault.vendor,
        "feed": fault.feed,
        "kind": fault.kind,
        "period_start": fault.period_start,
        "period_end": fault.period_end,
        "what": fault.what,
        "expected": fault.expected,
        "recoverable": fault.recoverable,
    }
    if fault.queue:
        entry["queue"] = fault.queue
    yield entry
    for kind in fault.also:
        follows = {
            "what": f"Follows from {fault.id}.",
            "expected": "May be found apart or within the finding it follows.",
        }
        yield entry | {"id": f"{fault.id}-{kind}", "kind": kind, "follows": fault.id} | follows
