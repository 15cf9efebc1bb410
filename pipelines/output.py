"""How the command line speaks: tables and progress for people, one JSON document for programs."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines.wording.formats import monday_of

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)

ACCOUNT = ("rows_loaded", "rows_restating", "rows_duplicate", "rows_stale", "rows_rejected")


def say(text: str) -> None:
    """One line for a person."""
    _out.print(escape(text), soft_wrap=True)


def complain(text: str) -> None:
    """One problem, on standard error."""
    _err.print(escape(text), soft_wrap=True)


def print_json(document: Any) -> None:
    """One JSON document on standard output: instants ISO 8601, money as text, absent as null."""
    sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


@contextmanager
def progress(hidden: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on standard error, so that standard output stays clean."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, disable=hidden, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=max(total, 1), description=what[-60:])

        yield show


def week_start(text: str) -> date:
    """The Monday of an ISO week such as ``2026-W46``. Raises ``click.BadParameter``."""
    if monday := monday_of(text):
        return monday
    raise click.BadParameter(f"{text!r} is not an ISO week such as 2026-W46")


def period(text: str) -> tuple[date, date]:
    """First and last day of ``2026-10-05``, ``2026-W41``, ``2026-10``, ``2026-Q3`` or ``2026``."""
    try:
        if "W" in text:
            monday = week_start(text)
            return monday, monday + timedelta(days=6)
        if match := re.fullmatch(r"(\d{4})-Q([1-4])", text):
            first = date(int(match[1]), 3 * int(match[2]) - 2, 1)
            return first, (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)
        parts = [int(part) for part in text.split("-")]
        if len(parts) == 3:
            day = date(*parts)
            return day, day
        first = date(parts[0], parts[1] if len(parts) == 2 else 1, 1)
        days = 31 if len(parts) == 2 else 366
        last = (first + timedelta(days=days)).replace(day=1) - timedelta(days=1)
        return first, last if len(parts) == 2 else date(parts[0], 12, 31)
    except (ValueError, TypeError, IndexError):
        raise click.BadParameter(f"{text!r} is not a period such as 2026-W41, 2026-10 or 2026") from None


def instant(text: str, zone: str) -> datetime:
    """The end of a day such as ``2026-03-20`` on the clock of ``zone``, or an instant that says its time."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return datetime.combine(date.fromisoformat(text), time.max, ZoneInfo(zone))
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise click.BadParameter(f"{text!r} is neither a day such as 2026-03-20 nor an instant") from None


def print_document(document: Any) -> None:
    """A review document in the terminal: its sentences, what is missing, its tables."""
    say(f"{document.title} · {document.subtitle}")
    for section in document.sections:
        say(f"\n{section.title}")
        for block in section.blocks:
            if hasattr(block, "rows"):
                _table(list(block.columns), [[cell.text for cell in row] for row in block.rows])
            else:
                mark = getattr(block, "mark", "□") or "-"
                say(f"  {mark} {getattr(block, 'text', None) or block.title}")
                if getattr(block, "link", None):
                    say(f"      {block.link}")


def print_run(document: dict[str, Any]) -> None:
    """What a run took in, row for row, and how long each stage took."""
    if document["deliveries"]:
        print_deliveries(document["deliveries"])
    else:
        say("Nothing new in the inbox.")
    for stage in document["stages"]:
        say(f"{stage['stage']:<12} {stage['seconds']:8.1f} s  {stage['rows']:>12,} rows")
    counts = ", ".join(f"{n} {level}" for level, n in document["findings"]["by_severity"].items() if n) or "none"
    say(f"Findings to explain: {counts}.")
    checks = document["checks"]
    say(f"Checks: {checks['pass']} passed, {checks['fail']} failed, {checks['error']} could not be carried out.")
    say(f"Version {document['version']} is published.")


def print_status(document: dict[str, Any]) -> None:
    """The version, every delivery's accounting, and the punctuality of feeds."""
    say(f"Version {document['version']}, published {document['published_at']}.")
    say(f"Data from {document['data_from']} to {document['data_to']}.")
    print_deliveries(document["deliveries"])
    _table(
        ["vendor", "feed", "expected", "received", "on time", "late", "missing"],
        [[feed[key] for key in ("vendor", "feed", "expected", "received", "on_time", "late", "missing")]
         for feed in document["feeds"]],
    )  # fmt: skip


def print_deliveries(deliveries: list[dict[str, Any]]) -> None:
    """One line per delivery: rows read = loaded + restating + duplicate + stale + rejected + dropped."""
    rows = [
        [d["vendor"], d["feed"], d["file_name"], d["status"], d["rows_read"], *(d[key] for key in ACCOUNT),
         sum((d["rows_dropped"] or {}).values())]
        for d in deliveries
    ]  # fmt: skip
    head = [
        "vendor",
        "feed",
        "file",
        "status",
        "read",
        "loaded",
        "restating",
        "duplicate",
        "stale",
        "rejected",
        "dropped",
    ]
    _table(head, rows)
    for delivery in deliveries:
        if delivery.get("message"):
            say(f"{delivery['vendor']}/{delivery['file_name']}: {delivery['message']}")


def print_findings(documents: list[dict[str, Any]]) -> None:
    """One line per finding, the gravest first."""
    names = ("severity", "vendor", "feed", "kind", "period_start", "period_end", "status", "sentence")
    head = ["severity", "vendor", "feed", "kind", "from", "to", "status", "to explain"]
    _table(head, [[document[name] for name in names] for document in documents])
    say(f"{len(documents)} findings.")


def print_scorecard(document: dict[str, Any]) -> None:
    """Whom to call, then one line per vendor and measure."""
    known = f", as known at {document['as_of']:%Y-%m-%d %H:%M}" if document.get("as_of") else ""
    say(f"Week {document['week']}{known}; baseline: {document['baseline_vendor'] or 'none'}.")
    rows = [
        [r["vendor"], r["queue"] or "all", r["metric"], r["value"], _span(r["low"], r["high"]), r["n"], r["previous"],
         r["target"], r["baseline_value"], r["gap"], r["verdict"]]
        for r in document["rows"]
    ]  # fmt: skip
    for number, call in enumerate(document["calls"], 1):
        say(f"{number}. {call['sentence']}")
    say(f"Expected by chance: {document['expected_by_chance']:.0f} of {document['figures_checked']} figures; "
        f"{len(document['stand_out'])} stand out.")  # fmt: skip
    head = [
        "vendor",
        "queue",
        "metric",
        "value",
        "interval",
        "n",
        "previous",
        "target",
        "in-house",
        "gap",
        "of",
        "verdict",
    ]
    _table(head, rows)
    say("A gap with a verdict is like for like, over the 13 weeks to this one; the others are shown as they stand.")


def print_reconciliation(document: dict[str, Any]) -> None:
    """How many figures agree, each that differs with its causes, and the definitions that explain the series."""
    names = ("vendor", "metric", "lines", "agrees", "differs", "not_verifiable")
    _table(["vendor", "metric", "figures", "agree", "differ", "not verifiable"],
           [[row[name] for name in names] for row in document["summary"]])  # fmt: skip
    rows = [
        [r["vendor"], r["queue"], r["metric"], r["period_start"], r["reported"], r["recomputed"], r["difference"],
         ", ".join(f"{one['cause']} {_text(one['amount'])}" for one in r["causes"] if one["cause"] != "rounding")]
        for r in document["rows"] if r["verdict"] == "differs"
    ]  # fmt: skip
    head = ["vendor", "queue", "metric", "from", "reported", "recomputed", "difference", "causes"]
    _table(head, rows)
    for one in document["explanations"]:
        if one["established"]:
            of_queue = f" ({one['queue']})" if one["queue"] else ""
            say(f"{one['vendor']}, {one['metric']}{of_queue}, {one['first_day']} to {one['last_day']}:"
                f" {one['definition_words']} gives {one['fits']:,} of {one['periods']:,} figures;"
                f" the terms {one['terms_fits']:,}.")  # fmt: skip


def print_money(document: dict[str, Any]) -> None:
    """What each period came to, the invoices that don't agree, and the true cost of each operation's last month."""
    states: dict[tuple[str, str], dict[str, int]] = {}
    for row in document["attainment"]:
        counts = states.setdefault((row["vendor"], row["clause_id"]), {})
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    _table(["vendor", "clause", "periods"], [[*key, _counts(counts)] for key, counts in states.items()])
    head = ["vendor", "from", "to", "charge", "net", "without relief", "under its report", "least", "most", "lines"]
    rows = []
    for one in document["settlements"]:
        risk = one["definition_risk"] or {}
        lines = ", ".join(f"{line['clause']} {line['rule']} {line['amount']}" for line in one["lines"])
        rows.append(
            [one["vendor"], one["period_start"], one["period_end"], one["charge"], one["net"], one["without_relief"],
             one["under_reported"], risk.get("low"), risk.get("high"), lines]
        )  # fmt: skip
    _table(head, rows)
    odd = [one for one in document["invoices"] if one["verdict"] != "agrees"]
    say(f"{len(document['invoices']) - len(odd):,} invoiced lines agree; not so:")
    names = ("vendor", "invoice_id", "queue", "unit", "invoiced", "recomputed", "difference", "verdict", "reason",
             "explained_by")  # fmt: skip
    _table(list(names), [[one[name] for name in names] for one in odd])
    last = {one["vendor"]: one for one in document["costs"]}
    names = ("vendor", "period_start", "billed", "credits", "goodwill", "total", "billed_per_contact", "per_contact",
             "per_resolved", "currency")  # fmt: skip
    _table(list(names), [[one[name] for name in names] for one in last.values()])


def print_trial(document: dict[str, Any]) -> None:
    """A proposed clause: the past year's periods, the modelled chance, and what each parameter changes."""
    say(f"{document['definition_id']} at {document['vendor']}, {document['first_day']} to {document['last_day']}")
    names = ("period_start", "period_end", "state", "value", "contacts", "amount")
    _table(list(names), [[one[name] for name in names] for one in document["periods"]])
    past, model = document["past"], document["modelled"]
    say(f"Past: met in {past['met']} of {past['judged']} periods; {_text(past['amount_per_period'])} per period.")
    say(f"Modelled from {model['weeks']} weeks: chance {_text(model['chance'])} per period,"
        f" {_text(model['expected_amount_per_period'])} expected.")  # fmt: skip
    names = ("parameter", "value", "met", "judged", "chance", "expected_amount_per_period")
    _table(list(names), [[one[name] for name in names] for one in document["sensitivity"]])


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda item: -item[1]))


def print_breaches(document: dict[str, Any]) -> None:
    """One line per missed cell, and how many there are by queue."""
    rows = [
        [r["vendor"], r["queue"], r["metric"], _cell_of(r, document["grain"]), r["value"], r["target"],
         f"{r['affected']:.0f}/{r['denominator']:.0f}", _yes(r["beyond_noise"]), r["reason"] if r["excused"] else "",
         r["cause"], r["side"]]
        for r in document["rows"]
    ]  # fmt: skip
    head = ["vendor", "queue", "metric", "when", "value", "target", "affected", "beyond noise", "excused",
            "cause", "side"]  # fmt: skip
    _table(head, rows)
    names = ("vendor", "queue", "metric", "breaches", "beyond_noise", "excused", "affected")
    _table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in document["summary"]])


def _cell_of(row: dict[str, Any], grain: str) -> str:
    if grain == "interval":
        return f"{row['first_day']} {row['local_minute'] // 60:02d}:{row['local_minute'] % 60:02d}"
    return str(row["first_day"]) if grain == "day" else f"{row['first_day']} to {row['last_day']}"


def _yes(known: bool | None) -> str:
    return "–" if known is None else "yes" if known else "no"


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_text(low)} to {_text(high)}"


def _table(head: list[str], rows: list[list[Any]]) -> None:
    table = Table(*head, show_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(escape(_text(cell)) for cell in row))
    _out.print(table)


def _text(cell: Any) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.3f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def guarded(command: click.Group, expected: tuple[type[Exception], ...], bad_input: int, internal: int) -> int:
    """Run the command line; turn every failure into one clear message per problem and an exit status."""
    try:
        command.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as problem:
        problem.show()
        return bad_input
    except click.Abort:
        complain("Stopped.")
        return bad_input
    except expected as error:
        for problem_text in getattr(error, "problems", None) or [error]:
            complain(str(problem_text))
        return bad_input
    except Exception as error:  # the last net: a person gets one sentence, the details go where a developer finds them
        complain(f"Internal error: {type(error).__name__}: {error}. Please report it with the lines below.")
        complain("".join(traceback.format_exc(limit=-6)))
        return internal
    return 0
