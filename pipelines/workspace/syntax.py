"""What a YAML parser's complaint means, and what to do about it."""

from __future__ import annotations

import yaml

from pipelines.workspace.problems import Problem


def syntax_problem(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    """A scanner's or parser's complaint, in a person's words."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(name, 0, 0, "", "", "valid YAML", str(error.problem))
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    said = " ".join(filter(None, [error.context, error.problem]))
    expected, hint = _explain(said, line, line[mark.column : mark.column + 1])
    at = mark
    if "quoted scalar" in said and error.context_mark is not None:
        at = error.context_mark  # where the quote was opened, not where the file ended
    return Problem(name, at.line + 1, at.column + 1, "", line.strip()[:60], expected, hint)


def _explain(said: str, line: str, character: str) -> tuple[str, str]:
    if "\t" in line and (character == "\t" or "token" in said or "indent" in said):
        return "spaces at the start of a line", "replace the tab by spaces"
    if "quoted scalar" in said:
        return "a closing quote", "the quote opened here is never closed"
    if "mapping values are not allowed" in said:
        return "one 'key: value' per line", "quote a value that holds ': ', and check the indentation"
    if "single document" in said:
        return "one document per file", "remove the line '---' between two parts"
    if "alias" in said or character == "*":
        return "an anchor that exists, or a quoted text", "write '*' in quotes"
    if character and character in "%@`":
        return "a quoted text", f"put quotes around a value that begins with {character}"
    if "expected <block end>" in said or "block mapping" in said or "block collection" in said:
        return "lines of one map or list with the same indentation", "check the indentation here and on the line above"
    if "flow" in said:
        return "a closing ] or }, with commas between the items", ""
    if "simple key" in said:
        return "'key: value'", "is a colon missing after the key?"
    return "valid YAML", said
