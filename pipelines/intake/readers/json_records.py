"""JSON documents and JSON Lines: nested records as flat text, streamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import headers as heads
from pipelines.intake.readers.blocks import TextBlocks
from pipelines.intake.readers.json_values import JsonDocument, Value, values_in_line
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.packed import ByteStream, open_bytes
from pipelines.intake.readers.paths import exploded, known, leaves, look_up, steps, text
from pipelines.intake.readers.table import KIND, RAW, REJECT, ROW, RawTable, shorten
from pipelines.intake.readers.text import utf8_pieces
from pipelines.workspace.feeds import Source

_LOOK = 10_000  # records that tell which paths there are


def open_json(path: Path, source: Source, wanted: Sequence[str], choose: heads.Choice, limits: Limits) -> RawTable:
    """Opens a JSON or JSON Lines file; raises ``DeliveryRefused``.

    Headers are the dotted paths found in the first records. A wanted path counts as found too where something above
    it is null there (a call without an agent has no agent's name).
    """
    stream = open_bytes(path, source.member, limits)
    try:
        values = _lines(stream, source, limits) if source.format == "jsonl" else _elements(stream, source, limits)
        first = _take(values, _LOOK)
        if not first:
            raise DeliveryRefused("truncated_export", f"{stream.name}: the file holds no records.")
        found = [value.value for value in first if isinstance(value.value, dict)]
        headers = _headers(found, wanted, source)
        heads.check_anchor(source.header_anchor, headers, [], stream.name)
        frames = _frames(chain(first, values), list(choose(headers)), source, limits)
        return RawTable(headers, [], frames, [], stream.close)
    except BaseException:
        stream.close()
        raise


def _take(values: Iterator[Value], count: int) -> list[Value]:
    return [value for _, value in zip(range(count), values, strict=False)]


def _headers(records: Sequence[dict[str, Any]], wanted: Sequence[str], source: Source) -> list[str]:
    """Paths in the order in which they are met, then those wanted ones that the records leave open."""
    paths: dict[str, None] = {}
    open_paths = dict.fromkeys(wanted)
    explode = steps(source.explode) if source.explode else []
    for record in records:
        for row in exploded(record, explode):
            paths.update(dict.fromkeys(leaves(row)))
            for path in [path for path in open_paths if known(row, steps(path))]:
                del open_paths[path]
    return list(dict.fromkeys([*paths, *(path for path in wanted if path not in open_paths)]))


def _lines(stream: ByteStream, source: Source, limits: Limits) -> Iterator[Value]:
    """Every value of a JSON Lines file; a broken line is a value with a reason."""
    blocks = TextBlocks(utf8_pieces(stream, source.encoding, limits.block_bytes), stream.name, source)
    while True:
        lines = blocks.lines.split(b"\n")[:-1]
        for offset, line in enumerate(lines):
            last = blocks.at_end and offset == len(lines) - 1
            for value in values_in_line(line.decode("utf-8"), blocks.line + offset):
                if value.reason and last and blocks.line_feed_added:
                    raise DeliveryRefused(
                        "truncated_export",
                        f"{stream.name}: the file breaks off on line {value.line:,}, in the middle of a record. "
                        "It was cut while it was written or sent: have it sent again.",
                    )
                yield value
        blocks.advance(len(blocks.lines), len(lines))
        if blocks.at_end:
            return
        if blocks.size > limits.record_bytes:
            raise DeliveryRefused(
                "unreadable_file",
                f"{stream.name}: line {blocks.line:,} is longer than {limits.record_bytes:,} bytes. "
                "If the file is one JSON document, set `format: json`.",
            )
        blocks.more()


def _elements(stream: ByteStream, source: Source, limits: Limits) -> Iterator[Value]:
    return JsonDocument(stream, source.encoding, limits).elements(source.records)


def _frames(values: Iterator[Value], wanted: list[str], source: Source, limits: Limits) -> Iterator[pl.DataFrame]:
    """Frames of about ``limits.json_rows`` rows."""
    explode = steps(source.explode) if source.explode else []
    paths = [steps(name) for name in wanted]
    batch = _Batch(wanted)
    for value in values:
        if value.reason is None and isinstance(value.value, dict):
            for row in exploded(value.value, explode):
                batch.add(value.line, [text(look_up(row, path)) for path in paths])
        else:
            reason = value.reason or "a record must be a JSON object"
            batch.reject(value.line, value.raw or repr(value.value), reason)
        if len(batch) >= limits.json_rows:
            yield batch.frame()
            batch = _Batch(wanted)
    if len(batch):
        yield batch.frame()


class _Batch:
    """Rows on their way into a frame."""

    def __init__(self, wanted: list[str]) -> None:
        self._wanted = wanted
        self._lines: list[int] = []
        self._cells: list[list[tuple[str | None, str | None]]] = []
        self._rejects: list[tuple[int, str, str]] = []

    def __len__(self) -> int:
        return len(self._lines) + len(self._rejects)

    def add(self, line: int, cells: list[tuple[str | None, str | None]]) -> None:
        self._lines.append(line)
        self._cells.append(cells)

    def reject(self, line: int, raw: str, reason: str) -> None:
        self._rejects.append((line, shorten(raw), reason))

    def frame(self) -> pl.DataFrame:
        columns = [pl.Series(ROW, self._lines, dtype=pl.Int64)]
        for at, name in enumerate(self._wanted):
            columns.append(pl.Series(name, [cells[at][0] for cells in self._cells], dtype=pl.String))
            columns.append(pl.Series(f"{KIND}{name}", [cells[at][1] for cells in self._cells], dtype=pl.String))
        frame = pl.DataFrame(columns)
        if not self._rejects:
            return frame
        schema = {ROW: pl.Int64, RAW: pl.String, REJECT: pl.String}
        bad = pl.DataFrame(self._rejects, schema=schema, orient="row")
        return pl.concat([frame, bad], how="diagonal").sort(ROW, maintain_order=True)
