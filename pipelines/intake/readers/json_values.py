"""Reads JSON values one after another from a stream: a document's list, or JSON Lines, without holding the whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.packed import ByteStream
from pipelines.intake.readers.text import utf8_pieces

_SPACE = re.compile(r"[ \t\r\n]*")
_CUT_TOKEN = re.compile(r"|t|tr|tru|f|fa|fal|fals|n|nu|nul|-|[.eE][-+]?|\\")
_PIECE = 1 << 20


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


@dataclass(frozen=True)
class Value:
    """One JSON value, or the reason why there is none; ``line`` counts from 1."""

    line: int
    value: Any = None
    raw: str = ""
    reason: str | None = None


def values_in_line(line: str, number: int) -> Iterator[Value]:
    """The values of one line: usually one; some systems write several without a line end between them."""
    at = _SPACE.match(line).end()  # type: ignore[union-attr]
    while at < len(line):
        try:
            value, end = DECODER.raw_decode(line, at)
        except RecursionError:
            yield Value(number, raw=line[at:], reason="the JSON is nested too deeply")
            return
        except ValueError as error:
            yield Value(number, raw=line[at:], reason=f"not valid JSON ({_what(error)})")
            return
        yield Value(number, value, raw=line[at:end])
        at = _SPACE.match(line, end).end()  # type: ignore[union-attr]


def _what(error: ValueError) -> str:
    """What is wrong, and in which column of its line, where the parser says so."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    return f"{error.msg.removesuffix(' starting at')} at column {error.colno}"


def _breaks_off(text: str, error: ValueError) -> bool:
    """Whether text is no JSON only because it ends too early."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    rest = text[error.pos :].rstrip()
    if error.msg.startswith("Invalid \\u"):
        return len(rest) < len("\\uXXXX")
    return error.msg.startswith("Unterminated string") or _CUT_TOKEN.fullmatch(rest) is not None


class JsonDocument:
    """A JSON document read from its beginning; only the part being parsed is in memory."""

    def __init__(self, stream: ByteStream, encoding: str, limits: Limits) -> None:
        self.name = stream.name
        self._limits = limits
        self._pieces = utf8_pieces(stream, encoding, _PIECE)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False

    def elements(self, path: str | None) -> Iterator[Value]:
        """The elements of the list at ``path`` (None: the document itself), numbered from 1; the document must
        be whole."""
        keys = [] if path is None else path.replace("[]", "").split(".")
        for key in keys:
            self._enter_object(key, path)
        if self._peek() != "[":
            raise self._refused(
                "wrong_content",
                f"a list of records was expected {f'at “{path}”' if path else 'at the top'}; "
                "`records` in the mapping says where it is",
            )
        self._at += 1
        number = 0
        while self._peek() != "]":
            if number:
                self._expect(",")
            number += 1
            yield Value(number, self._value())
        self._at += 1
        for _ in keys:
            self._leave_object()
        if self._find() is not None:
            raise self._refused(
                "unreadable_file", "more follows after the end of the document; is it JSON Lines (`jsonl`)?"
            )

    def _leave_object(self) -> None:
        """Moves past what is left of the object at hand."""
        while self._peek() != "}":
            self._expect(",")
            self._peek()
            self._value()
            self._expect(":")
            self._value()
        self._at += 1

    def _enter_object(self, wanted: str, path: str | None) -> None:
        """Moves to the value of a key of the object at hand, past the values of the keys before it."""
        if self._peek() != "{":
            raise self._refused("wrong_content", f"an object with the key “{wanted}” was expected (`records: {path}`)")
        self._at += 1
        seen: list[str] = []
        while self._peek() != "}":
            if seen:
                self._expect(",")
                self._peek()
            key = self._value()
            self._expect(":")
            if key == wanted:
                return
            seen.append(str(key))
            self._peek()
            self._value()
        raise self._refused(
            "unexpected_columns", f"no key “{wanted}” (`records: {path}`); there are: {', '.join(seen[:20]) or 'none'}"
        )

    def _find(self) -> str | None:
        """The next character that is no space; None at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_PIECE):
                return None

    def _peek(self) -> str:
        found = self._find()
        if found is None:
            raise self._cut()
        return found

    def _expect(self, character: str) -> None:
        found = self._peek()
        if found != character:
            raise self._refused("unreadable_file", f"“{character}” was expected, found “{found}”")
        self._at += 1

    def _value(self) -> Any:
        """The next value; reads on, in growing steps, until it is complete."""
        step = _PIECE
        self._peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self._refused("unreadable_file", "the JSON is nested too deeply") from error
            except ValueError as error:
                if len(self._text) - self._at > self._limits.record_bytes:
                    raise self._refused("unreadable_file", f"not valid JSON ({error})") from error
                if not self._more(step):
                    if _breaks_off(self._text, error):
                        raise self._cut() from error
                    raise self._refused("unreadable_file", f"not valid JSON ({error})") from error
                step *= 2
                continue
            # A number at the end of what was read may go on.
            if end == len(self._text) and self._more(_PIECE):
                continue
            self._at = end
            return value

    def _more(self, size: int) -> bool:
        """Appends text (what was parsed is dropped); False at the end of the file."""
        if self._ended:
            return False
        parts = [self._text[self._at :]]
        self._line += self._text.count("\n", 0, self._at)
        self._at = 0
        wanted = size
        while wanted > 0 and not self._ended:
            piece = next(self._pieces, b"")
            self._ended = not piece
            try:
                text = self._decoder.decode(piece, final=self._ended)
            except UnicodeDecodeError as error:
                raise self._refused(
                    "unreadable_file", f"bytes that are not in the declared encoding ({error.reason})"
                ) from error
            parts.append(text)
            wanted -= len(piece)
        self._text = "".join(parts)
        return True

    def _refused(self, kind: Any, what: str) -> DeliveryRefused:
        line = self._line + self._text.count("\n", 0, self._at)
        return DeliveryRefused(kind, f"{self.name}: line {line:,}: {what}.")

    def _cut(self) -> DeliveryRefused:
        line = self._line + self._text.count("\n")
        return DeliveryRefused(
            "truncated_export",
            f"{self.name}: the JSON ends on line {line:,} before it is complete. It was cut while it was written "
            "or sent: have it sent again.",
        )
