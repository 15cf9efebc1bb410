"""What is wrong with a workspace, said so that a person can put it right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: How alike two words must be (0 to 1, difflib) before one is proposed for the other.
LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, what was written, what was expected, and what may have been meant.

    ``line`` and ``column`` are 1-based; 0 where the mistake has no place in the text (a missing file).
    """

    file: str
    line: int
    column: int
    key: str
    value: str
    expected: str
    hint: str = ""

    @property
    def place(self) -> str:
        """``file:line:column``, as editors understand it; shorter where the place is not known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        key = f" {self.key}:" if self.key else ""
        value = f" (found {self.value})" if self.value else ""
        hint = f" [{self.hint}]" if self.hint else ""
        return f"{self.place}:{key} expected {self.expected}{value}{hint}"


class CannotProceed(Exception):
    """What stops a command without being a fault of the program; its text says what is in the way and what to do."""


class WorkspaceError(CannotProceed):
    """The workspace cannot be used as it is; ``problems`` holds every mistake of every file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = sorted(
            set(problems), key=lambda p: (p.file, p.line, p.column, p.key, p.expected)
        )
        count = len(self.problems)
        lines = [f"{count} mistake{'' if count == 1 else 's'} in the workspace", *map(str, self.problems)]
        super().__init__("\n".join(lines))


def did_you_mean(written: object, allowed: Iterable[str]) -> str:
    """A hint that names the closest allowed word, or an empty text where none is close.

    Case, blanks, hyphens and underscores don't count as differences.
    """
    by_plain: dict[str, str] = {}
    for word in allowed:
        by_plain.setdefault(_plain(word), word)
    plain = _plain(str(written))
    turned = [word for word in by_plain if sorted(word) == sorted(plain)]  # "form" is "from" with letters swapped
    close = turned or difflib.get_close_matches(plain, list(by_plain), n=1, cutoff=LIKENESS)
    return f"did you mean {by_plain[close[0]]!r}?" if close else ""


def one_of(allowed: Iterable[str], limit: int = 20) -> str:
    """``one of a, b, c``: sorted as given, shortened past ``limit`` words."""
    words: Sequence[str] = list(allowed)
    if not words:
        return "nothing: none is defined"
    shown = ", ".join(words[:limit])
    more = f", … ({len(words)} in all)" if len(words) > limit else ""
    return f"one of {shown}{more}" if len(words) > 1 else shown


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter not in " -_")
