"""Documents against typed models: every mistake with its place, and what can be saved for further checks."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipelines.workspace.company import Settings
from pipelines.workspace.documents import Document, Path_, PathPart
from pipelines.workspace.feeds import MappingHead, Source
from pipelines.workspace.problems import Problem, did_you_mean, one_of
from pipelines.workspace.terms import UNKNOWN_DAY, Clause, Terms

Model = TypeVar("Model", bound=BaseModel)

#: How often mistaken parts are taken out before a document is given up.
ROUNDS = 8

_EXPECTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of ordinary size",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "list_type": "a list (lines that begin with '- ')",
    "dict_type": "a map (lines of 'key: value')",
    "model_type": "a map (lines of 'key: value')",
    "model_attributes_type": "a map (lines of 'key: value')",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
#: Units as people write them; ``m`` is left out, as it may be minutes or metres, and so is what could be two things.
_UNITS = {
    "s": ("sec", "secs", "second", "seconds", "seconde", "secondes", "sekunden", "segundos", "segundo"),
    "ms": ("msec", "msecs", "millis", "millisecond", "milliseconds", "millisecondes"),
    "min": ("mins", "minute", "minutes", "minuten", "minutos"),
    "h": ("hr", "hrs", "hour", "hours", "heure", "heures", "stunden", "horas"),
    "day_fraction": ("d", "day", "days", "jour", "jours", "excel", "serial"),
    "text": ("hms", "hh:mm:ss", "mm:ss", "time", "clock", "string"),
    "cents": ("cent", "centimes", "centime", "pence", "hundredths"),
    "minor": ("minor units", "minor_units", "smallest", "smallest_unit", "minor unit", "minor_unit"),
    "major": ("whole", "units", "euro", "euros", "dollars", "decimal", "major units", "major_units", "major unit"),
}
_QUOTED = re.compile(r"'([^']*)'")


#: Values that stand in for mistaken ones, so that the rest of a file can be checked too. What is then said of them
#: is left out: their own mistake has been reported.
STAND_INS: dict[type[BaseModel], dict[str, Any]] = {
    Settings: {"name": "?", "currency": "EUR", "time_zone": "UTC"},
    Terms: {"id": "?", "valid_from": UNKNOWN_DAY.isoformat(), "report_tz": "UTC"},
    Clause: {"id": "?", "metric": "?", "target": 0.5},
    MappingHead: {"id": "?", "version": 1, "system": "?"},
    Source: {"format": "csv", "files": "*"},
}


def validate(document: Document, model: type[Model]) -> tuple[Model | None, Document, list[Problem]]:
    """The document as ``model``, with all its mistakes.

    Where there are mistakes, the parts that hold them are taken out or stood in for, and the rest is tried again,
    so that checks across files can still run on it. Returns (model or None, the document that it was made of,
    mistakes of the document as it stands in the file).
    """
    problems: list[Problem] = []
    for attempt in range(ROUNDS):
        try:
            return model.model_validate(document.data), document, problems
        except ValidationError as error:
            details = error.errors(include_url=False)
        # The first attempt reports every key that is absent; later ones would report those that were taken out.
        new = [detail for detail in details if attempt == 0 or detail["type"] != "missing"]
        problems.extend(_problems(document, model, new))
        faulty: set[Path_] = set()
        instead: dict[Path_, Any] = {}
        for detail in details:
            path = document.resolve(detail["loc"])
            if detail["type"] == "missing":
                path = (*path, str(detail["loc"][-1]))
            stand_in = _stand_in(model, path)
            if stand_in is not None:
                instead[path] = stand_in
            else:
                faulty.add(path[:-1] if detail["type"] == "missing" else path)
        if () in faulty:
            break
        document = document.without(faulty, instead)
    return None, document, problems


def _stand_in(model: type[BaseModel], path: Path_) -> Any:
    if not path:
        return None
    owners = _models_at(model, list(path[:-1]))
    return next((STAND_INS[owner][path[-1]] for owner in owners if path[-1] in STAND_INS.get(owner, {})), None)


def _problems(document: Document, model: type[BaseModel], details: Sequence[ErrorDetails]) -> list[Problem]:
    groups: dict[tuple[Path_, str], list[ErrorDetails]] = {}
    for detail in details:
        missing = str(detail["loc"][-1]) if detail["type"] == "missing" else ""
        groups.setdefault((document.resolve(detail["loc"]), missing), []).append(detail)
    found = [_problem(document, model, path, group) for (path, _), group in groups.items()]
    # A misspelt key is one mistake, not an unknown and a missing one.
    meant = {problem.hint for problem in found}
    return [p for p in found if not (p.expected == REQUIRED and f"did you mean {p.key.rpartition('.')[2]!r}?" in meant)]


REQUIRED = "this key, which is required"


def _problem(document: Document, model: type[BaseModel], path: Path_, group: Sequence[ErrorDetails]) -> Problem:
    """One mistake; the several errors of a union at one place are said once."""
    first = group[0]
    kind = first["type"]
    if kind == "missing":
        return document.problem((*path, str(first["loc"][-1])), REQUIRED, value="")
    if kind == "extra_forbidden":
        allowed = _keys_at(model, path[:-1])
        hint = did_you_mean(path[-1], allowed)
        return document.problem(path, one_of(allowed) if allowed else "a known key", hint, value=path[-1], at_key=True)
    wordings = list(dict.fromkeys(_wording(detail) for detail in group))
    expected = " or ".join(dict.fromkeys(expected for expected, _ in wordings))
    hint = next((hint for _, hint in wordings if hint), "")
    if path[:1] == ("columns",) and len(path) == 2 and isinstance(first["input"], str | int | float):
        hint = (
            hint or f"write {{from: a header}} for a column of the file, {{const: {first['input']}}} for a fixed value"
        )
    return document.problem(path, expected, hint, value=_found(first["input"]))


def _wording(detail: ErrorDetails) -> tuple[str, str]:
    """What was expected, and a hint, for one of pydantic's errors."""
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "expected":
        return str(context["expected"]), str(context["hint"])
    if kind == "literal_error":
        allowed = _QUOTED.findall(str(context["expected"])) or re.findall(r"\d+", str(context["expected"]))
        if not isinstance(value, str):
            return one_of(allowed), ""
        return one_of(allowed), _unit_meant(detail, value, allowed) or did_you_mean(value, allowed)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{words} {context[name]:g}" if isinstance(context[name], float) else f"{words} {context[name]}", ""
    if kind == "value_error":
        return "a valid value", str(context.get("error", ""))
    expected = _EXPECTED.get(kind, detail["msg"])
    return expected, _hint(expected, value)


def _unit_meant(detail: ErrorDetails, value: str, allowed: Sequence[str]) -> str:
    """The unit that a word such as ``seconds`` stands for."""
    if "unit" not in detail["loc"]:
        return ""
    meant = next((unit for unit, words in _UNITS.items() if value.casefold() in words), "")
    return f"did you mean {meant!r}?" if meant in allowed else ""


def _hint(expected: str, value: object) -> str:
    if "number" in expected and isinstance(value, str):
        if re.fullmatch(r"[-+]?\d+,\d+", value):
            return f"write a decimal point: {value.replace(',', '.')}"
        if re.fullmatch(r"[-+]?[\d.,]+\s*(s|sec|min|h|%|€|\$)", value):
            return "write the number alone; the key says the unit"
    if expected.startswith("a list") and isinstance(value, str | int | float):
        return f"write [{value}]"
    if expected.startswith("a list") and isinstance(value, dict):
        return "begin each item with '- '"
    if expected == "true or false" and value is None:
        return "nothing is written after the colon"
    return ""


def _found(value: object) -> object:
    return "nothing" if value is None else value


def _keys_at(model: type[BaseModel], path: Sequence[PathPart]) -> list[str]:
    """The keys that the map at ``path`` may have, in the order of its model."""
    keys: dict[str, None] = {}
    for found in _models_at(model, list(path)):
        keys.update(dict.fromkeys(field.alias or name for name, field in found.model_fields.items()))
    return list(keys)


def _models_at(annotation: Any, path: list[PathPart]) -> Iterator[type[BaseModel]]:
    """The models that the annotation allows at ``path``."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        for option in get_args(annotation):
            yield from _models_at(option, path)
    elif origin is Annotated:
        yield from _models_at(get_args(annotation)[0], path)
    elif origin in (list, dict):
        if path:
            yield from _models_at(get_args(annotation)[-1], path[1:])
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not path:
            yield annotation
            return
        for name, field in annotation.model_fields.items():
            if path[0] in (field.alias, name):
                yield from _models_at(field.annotation, path[1:])
