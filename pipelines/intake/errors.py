"""What intake says when a file cannot be taken in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

RefusalKind = Literal["unreadable_file", "wrong_content", "unexpected_columns", "truncated_export", "total_mismatch"]


class ReadingFailed(Exception):
    """The program stumbled over a file: a fault of its own (the cause), not a verdict on the delivery."""


class DeliveryRefused(Exception):
    """A delivery of which nothing is loaded, with the reason in words for the person who sent or fetched it.

    ``kind`` is a kind of finding; ``message`` is one sentence saying what, where, what was expected and what to do;
    ``problems`` lists further details, one sentence each (never the whole file).
    """

    def __init__(self, kind: RefusalKind, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.kind: RefusalKind = kind
        self.message = message
        self.problems = list(problems)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"- {problem}" for problem in self.problems)])
