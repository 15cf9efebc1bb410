"""How the command line speaks: tables and progress for people, one JSON document for programs."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines.measures.catalogue import MEASURES
from pipelines.wording import Speech, Written
from pipelines.wording.escape import visible
from pipelines.wording.formats import monday_of
from pipelines.wording.written import absent_words

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)

REFUSED = "quarantined"
SUPERSEDED = "superseded"
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
    if not hidden and not _err.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, disable=hidden, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=max(total, 1), description=what[-60:])

        yield show


def _lines() -> Callable[[int, int, str], None]:
    """Progress in a log or a pipe, where no bar can be drawn: a line for each tenth and for each later stage."""
    told: set[Any] = set()

    def show(done: int, total: int, what: str) -> None:
        mark = what if done == total else 10 * done // total
        if total and mark not in told:
            told.add(mark)
            complain(f"{what} ..." if done == total else f"{done:,} of {total:,} files: {what} ...")

    return show


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
    """What a run took in, summed up; the deliveries that need attention; how long each stage took; what is new."""
    if document["deliveries"]:
        print_deliveries(document["deliveries"])
        say("")
    else:
        say("Nothing new in the inbox.")
    for name in document["strays"]:
        complain(f"inbox/{name} was not taken in: it lies beside the vendors' folders. Move it into inbox/<vendor>/.")
    for one in document["left_out"]:
        complain(
            f"inbox/{one['file']} was not taken in: the program stumbled over it ({one['error']})."
            " All other files were; the next run tries again. Please report it with the lines below."
        )
        complain(one["details"])
    for one in document["outdated_mappings"]:
        complain(
            f"The mapping {one['mapping_id']} has changed, but its version is still {one['version']}: "
            f"files left as they were read: {one['files']:,}. Raise the version to take them in again."
        )
    for stage in document["stages"]:
        say(f"{stage['stage']:<12} {stage['seconds']:8.1f} s  {stage['rows']:>12,} rows")
    counts = ", ".join(f"{n} {level}" for level, n in document["findings"]["by_severity"].items() if n) or "none"
    say(f"Findings to explain: {counts}." + (" List them: python -m pipelines findings" if counts != "none" else ""))
    checks = document["checks"]
    say(f"Checks: {checks['pass']} passed, {checks['fail']} failed, {checks['error']} could not be carried out.")
    for one in document["notices"]:
        if one["problem"]:
            complain(f"Not told: {one['to']} ({one['findings']} findings): {one['problem']}. The next run tries again.")
        else:
            say(f"Told: {one['to']} ({one['findings']} new findings).")
    say(f"Version {document['version']} is published.")


def print_status(document: dict[str, Any], everything: bool = False) -> None:
    """The version, what was taken in, and the punctuality of feeds; ``everything``: each delivery with its rows."""
    published = datetime.fromisoformat(str(document["published_at"])).astimezone(UTC)
    say(f"Version {document['version']}, published {published:%Y-%m-%d %H:%M} UTC.")
    span = f"Data from {document['data_from']} to {document['data_to']}."
    others = sum(one["rows_loaded"] for one in document["deliveries"] if one["status"] != SUPERSEDED)
    none = "No contacts are loaded yet, on which weeks are judged"
    none += f"; {others:,} rows of other files are: see python -m pipelines reconcile." if others else "."
    say(span if document["data_from"] else none)
    print_deliveries(document["deliveries"])
    if everything:
        say("")
        for one in document["deliveries"]:
            _block(f"{one['vendor']}/{one['file_name']}", _account([one]))
    say("")
    _table(
        ["vendor", "feed", "expected", "received", "on time", "late", "missing"],
        [[feed[key] for key in ("vendor", "feed", "expected", "received", "on_time", "late", "missing")]
         for feed in document["feeds"]],
    )  # fmt: skip


def print_deliveries(deliveries: list[dict[str, Any]]) -> None:
    """Files by vendor and feed, all rows accounted for, and one by one only what somebody should look at.

    What was taken in again under a corrected mapping is counted once, as it stands now.
    """
    ended = sum(one["status"] == SUPERSEDED for one in deliveries)
    deliveries = [one for one in deliveries if one["status"] != SUPERSEDED]
    _block(f"{len(deliveries):,} {'file' if len(deliveries) == 1 else 'files'}: {_account(deliveries)}", "")
    _table(
        ["vendor", "feed", "files", "refused", "rows read", "loaded", "rejected"],
        [
            [vendor, feed, len(some), sum(one["status"] == REFUSED for one in some),
             *(sum(one[name] or 0 for one in some) for name in ("rows_read", "rows_loaded", "rows_rejected"))]
            for (vendor, feed), some in _by(deliveries, "vendor", "feed").items()
        ],
    )  # fmt: skip
    if ended:
        _block("", f"Not counted: {ended:,} earlier readings of the same files, replaced since a mapping changed.")
    odd = [
        one
        for one in deliveries
        if one["status"] == REFUSED or one["rows_rejected"] or one.get("message") or one["conflicting_keys"]
    ]
    if odd:
        say("")
        say(f"{len(odd):,} of them {'needs' if len(odd) == 1 else 'need'} attention:")
    for one in odd:
        mark = "✕" if one["status"] == REFUSED else "!"
        _block(f"{mark} {one['vendor']}/{one['file_name']}", one.get("message") or "")
        if one["rows_rejected"]:
            _block("", f"{one['rows_rejected']:,} of {one['rows_read']:,} rows rejected{_first_rejected(one)}.")
        if one["conflicting_keys"]:
            _block(
                "",
                f"Rows of this file contradict each other {one['conflicting_keys']:,} times: what has the same "
                f"{', '.join(one['key'])} is one thing, and one row of each was kept. Does the mapping give these all "
                "that tells the rows apart?",
            )
    if any(one["rows_rejected"] for one in odd):
        say("")
        _block("All rejected rows: page Deliveries (python -m pipelines serve), or findings --kind rejected_rows.", "")


#: So many other unknown names are listed beside the first one.
MOST_NAMES = 20


def _first_rejected(delivery: dict[str, Any]) -> str:
    """Where the first rejected cell is, what it reads and why that can't be taken in."""
    cell = delivery.get("first_rejected")
    if not cell:
        return ""
    where = f"line {cell['line']}" if cell["line"] else f"row {cell['source_row']}"
    reads = "blank" if cell["raw_value"] in (None, "") else f"reads “{cell['raw_value']}”"
    also = cell["also"]
    shown = ", ".join(f"“{value}”" for value in also[:MOST_NAMES])
    more = f" and {len(also) - MOST_NAMES} more" if len(also) > MOST_NAMES else ""
    others = f"; nor are known: {shown}{more}" if also else ""
    return f"; the first on {where}: {cell['column_name']} {reads}: {cell['reason']}{others}"


def _by(documents: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Documents with the same values of ``names`` together, in the order of those values."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for one in documents:
        groups.setdefault(tuple(one[name] for name in names), []).append(one)
    return dict(sorted(groups.items(), key=lambda group: str(group[0])))


def _account(deliveries: list[dict[str, Any]]) -> str:
    """The law of rows, as a sum: read = loaded + restating + duplicate + stale + rejected + dropped."""
    total = {name: sum(one[name] or 0 for one in deliveries) for name in ("rows_read", *ACCOUNT)}
    dropped = sum(sum((one["rows_dropped"] or {}).values()) for one in deliveries)
    parts = [f"{total[name]:,} {name.removeprefix('rows_')}" for name in ACCOUNT]
    return f"{total['rows_read']:,} rows read = {' + '.join(parts)} + {dropped:,} dropped."


MARKS = {"critical": "■", "warning": "▲", "info": "·"}
PLACE = ("vendor", "feed", "queue", "metric")


def print_findings(documents: list[dict[str, Any]]) -> None:
    """One block per finding, the gravest first: what and where on one line, the sentence on the whole width."""
    for one in documents:
        place = " · ".join(str(one[name]) for name in PLACE if one[name])
        days = sorted({str(one[name]) for name in ("period_start", "period_end") if one[name]})
        parts = [f"{MARKS[one['severity']]} {one['severity']}", one["kind"], place, " to ".join(days)]
        said = f"{one['status']} · {one['finding_id']}"
        _block(" · ".join([*(part for part in parts if part), said]), one["sentence"])
        if one.get("money"):
            _block("", f"Money at stake: {one['money']}")
        if one.get("comment"):
            _block("", f"{one['status_by']}: {one['comment']}")
    counts = {level: sum(one["severity"] == level for one in documents) for level in MARKS}
    say(f"{len(documents)} findings: " + ", ".join(f"{n} {level}" for level, n in counts.items()) + ".")


def _block(head: str, text: str) -> None:
    """A line and, indented beneath it, a text wrapped to the terminal's width. Senders' control characters are gone."""
    width = max(_out.width, 40)
    lines = wrap(visible(head), width, subsequent_indent="    ", break_long_words=True, break_on_hyphens=False)
    lines += wrap(visible(text), width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    _out.print("\n".join(escape(line) for line in lines), soft_wrap=True)


#: Below this width a scorecard leaves out what follows from the other columns.
WIDE = 110


def print_scorecard(document: dict[str, Any]) -> None:
    """One table per vendor (and queue), one line per measure, values as people write them."""
    known = f", as known at {document['as_of']:%Y-%m-%d %H:%M}" if document.get("as_of") else ""
    if not document["week"]:
        _block(
            "No week has contacts yet, on which a scorecard rests: see what has come with python -m pipelines status; "
            "figures that vendors reported are in python -m pipelines reconcile.",
            "",
        )
        return
    if not document["rows"]:
        said = f"No figures of week {document['week']}{known}: python -m pipelines status says of which days there are."
        _block(said, "")
        return
    say(f"Week {document['week']}{known}; baseline: {document['baseline_vendor'] or 'none'}.")
    for number, call in enumerate(document["calls"], 1):
        _block(f"{number}. {call['sentence']}", "")
    chance = f"Expected by chance: {document['expected_by_chance']:.0f} of {document['figures_checked']} figures; "
    stood = sum(one["kind"] != "doubted" for one in document["stand_out"])
    _block(f"{chance}{stood} stand out.", "")
    for (vendor, queue), rows in _by(document["rows"], "vendor", "queue").items():
        say("")
        say(f"{vendor}{f' · {queue}' if queue else ''}{_present(rows)}")
        _table(*_card(rows, wide=_out.width >= WIDE))
    _block(
        "A gap with a verdict is like for like, over the 13 weeks to this one; the others are shown as they stand.", ""
    )


def _present(rows: list[dict[str, Any]]) -> str:
    """How far the vendor's figures can be leant on, where it is not wholly."""
    share, found = rows[0]["data_share"], {one for row in rows for one in row["findings"]}
    parts = [f"{share:.1%} of the expected data present"] if share is not None and share < 1 else []
    parts += [f"findings about this week: {len(found)}"] if found else []
    return f" ({'; '.join(parts)})" if parts else ""


def _card(rows: list[dict[str, Any]], wide: bool) -> tuple[list[str], list[list[Any]]]:
    head = ["measure", "value (95 % interval)" if wide else "value (95 %)", "n", "target", "in-house"]
    head += ["gap", "last week", "verdict"] if wide else ["verdict"]
    body = []
    for row in rows:
        speech = Speech.of("en")
        written = Written(speech, MEASURES[row["metric"]])
        known = row["value"] is not None
        value = written.value(row["value"]) if known else absent_words(speech, row)
        if row["low"] is not None and row["high"] is not None:
            value += f" ({written.interval(row['low'], row['high'])})"
        cells = [written.name if wide else row["metric"], value, row["n"], written.value(row["target"])]
        cells.append(written.value(row["baseline_value"]))
        if wide:
            cells += [written.difference(row["gap"]), written.value(row["previous"])]
        verdict = VERDICTS_SHORT.get(row["verdict"], (row["verdict"] or "").replace("_", " "))
        body.append([*cells, verdict if known else ""])
    return head, body


#: Verdicts in the width of a terminal.
VERDICTS_SHORT = {
    "better": "▲ better",
    "worse": "▼ worse",
    "no_clear_difference": "≈ alike",
    "too_little_data": "○ too few",
    "is_baseline": "◆",
    "not_comparable": "≠ unlike",
    "not_judged": "",
    "no_baseline": "",
}


def print_reconciliation(document: dict[str, Any]) -> None:
    """How many figures agree, each that differs with its causes, and the definitions that explain the series."""
    names = ("vendor", "metric", "lines", "agrees", "differs", "not_verifiable")
    _table(["vendor", "metric", "figures", "agree", "differ", "not verifiable"],
           [[row[name] for name in names] for row in document["summary"]])  # fmt: skip
    rows = [
        [r["vendor"], r["queue"], r["metric"], r["period_start"], r["reported"], r["recomputed"], r["difference"],
         ", ".join(f"{one['cause']} {_text(one['amount'])}" for one in r["causes"] if one["cause"] != "rounding"),
         _amount(r)]
        for r in document["rows"] if r["verdict"] == "differs"
    ]  # fmt: skip
    head = ["vendor", "queue", "metric", "from", "reported", "recomputed", "difference", "causes", "money"]
    # What says nothing takes no room from the rest: one vendor's name on every line, money where no line has any.
    told = [n for n, name in enumerate(head) if not (
        (name == "money" and not any(row[n] for row in rows))
        or (name == "vendor" and len({row[n] for row in rows}) == 1)
    )]  # fmt: skip
    _table([head[n] for n in told], [[row[n] for n in told] for row in rows])
    worth = [one for one in document["settlements"] if one["money"]]
    if worth:
        say("What the difference is worth, by settled period (below zero: the vendor owes more than by its figures):")
        head = ["vendor", "clause", "from", "to", "reported", "recomputed", "money"]
        _table(head, [[*(one[name] for name in ("vendor", "clause", "period_start", "period_end", "reported",
                                                  "recomputed")), _amount(one)] for one in worth])  # fmt: skip
    for one in (one for one in document["possible"] if one["ruled_out"]):
        say(
            f"{one['vendor']}, service_level by {one['granularity']}: the waits of {one['lines']:,} figures are not"
            f" known; on the counts alone possible under {', '.join(one['possible']) or 'no definition'}."
        )
    for one in document["explanations"]:
        if one["established"]:
            of_queue = f" ({one['queue']})" if one["queue"] else ""
            say(f"{one['vendor']}, {one['metric']}{of_queue}, {one['first_day']} to {one['last_day']}:"
                f" {one['definition_words']} gives {one['fits']:,} of {one['periods']:,} figures;"
                f" the terms {one['terms_fits']:,}.")  # fmt: skip


def _amount(row: dict[str, Any]) -> str:
    """Money with its currency; nothing where none is known."""
    return "" if row["money"] is None else f"{row['money']} {row['currency']}"


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
    _table(list(names), [[_said(one[name]) if name == "contacts" else one[name] for name in names]
                         for one in document["periods"]])  # fmt: skip
    past, model = document["past"], document["modelled"]
    say(f"Past: met in {past['met']} of {past['judged']} periods; {_text(past['amount_per_period'])} per period.")
    say(f"Modelled from {model['weeks']} weeks: chance {_text(model['chance'])} per period,"
        f" {_text(model['expected_amount_per_period'])} expected.")  # fmt: skip
    names = ("parameter", "value", "met", "judged", "chance", "expected_amount_per_period")
    head = [*names[:-1], "expected amount"]
    _table(head, [[_said(one[name]) if name == "value" else one[name] for name in names]
                  for one in document["sensitivity"]])  # fmt: skip


def _said(value: Any) -> Any:
    """A clause's words in one column: yes and no, numbers without needless zeros."""
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, list):
        return "+".join(value)
    return f"{value:g}" if isinstance(value, float) else value


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
    names = ("vendor", "queue", "metric", "breaches", "beyond_noise", "excused")
    _table(
        [*(name.replace("_", " ") for name in names), "affected"],
        [[*(row[name] for name in names), round(row["affected"] or 0)] for row in document["summary"]],
    )


def _cell_of(row: dict[str, Any], grain: str) -> str:
    if grain == "interval":
        return f"{row['first_day']} {row['local_minute'] // 60:02d}:{row['local_minute'] % 60:02d}"
    return str(row["first_day"]) if grain == "day" else f"{row['first_day']} to {row['last_day']}"


def _yes(known: bool | None) -> str:
    return "–" if known is None else "yes" if known else "no"


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_text(low)} to {_text(high)}"


#: Characters between two columns, and what the first one, which may be folded, needs at least.
_GAP, _NARROWEST = 2, 12


def _table(head: list[str], rows: list[list[Any]]) -> None:
    """A table; where the terminal is too narrow for it, a block per row, so that no figure is cut."""
    written = [[_text(cell) for cell in row] for row in rows]
    counts = [all(row[number] is None or isinstance(row[number], int | float) for row in rows)
              for number in range(len(head))]  # fmt: skip
    words = [
        max(len(word) for cell in column for word in cell.split(" ")) for column in zip(head, *written, strict=True)
    ]
    if rows and sum([min(words[0], _NARROWEST), *words[1:]]) + _GAP * len(words) > _out.width:
        lead = max(counts.index(True), 1) if True in counts else 1
        for row in written:
            rest = zip(head[lead:], row[lead:], strict=True)
            _block(" ".join(row[:lead]), " · ".join(f"{name} {cell}" for name, cell in rest if cell))
        return
    table = Table(*head, show_edge=False, header_style="bold", box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for number, column in enumerate(table.columns):
        column.justify = "right" if counts[number] else "left"
        column.overflow = "fold"
    for row in written:
        table.add_row(*map(escape, row))
    _out.print(table)


def _text(cell: Any) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.3f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def guarded(command: click.Group, expected: Callable[[], type[Exception]], bad_input: int, internal: int) -> int:
    """Run the command line; turn every failure into one clear message per problem and an exit status.

    ``expected`` gives the failures that say themselves what is wrong; it is asked only when something has failed.
    """
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
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic inside Polars is no Exception
        if isinstance(error, expected()):
            for problem_text in getattr(error, "problems", None) or [error]:
                complain(str(problem_text))
            return bad_input
        if told := _of_the_disk(error):
            complain(told)
            return bad_input
        # The last net: a person gets one sentence, the details go where a developer finds them.
        complain(f"Internal error: {type(error).__name__}: {error}. Please report it with the lines below.")
        complain("".join(traceback.format_exc(limit=-6)))
        return internal
    return 0


_FULL = "Make room and run again: what was loaded stays, and the version published before is still served."
_CLOSED = "Choose a folder that may be written, or have it opened to you."
#: What a disk may say, whichever library passes it on, and what to do then.
_DISK = {
    errno.ENOSPC: ("The disk is full", _FULL),
    errno.EDQUOT: ("The quota of the disk is used up", _FULL),
    errno.EFBIG: ("A file has come to the largest size that this system allows", _FULL),
    errno.EROFS: ("The folder can't be written: it is read-only", _CLOSED),
    errno.EACCES: ("The folder can't be written: permission denied", _CLOSED),
    errno.EPERM: ("The folder can't be written: operation not permitted", _CLOSED),
}


def _of_the_disk(error: BaseException | None) -> str | None:
    """What the disk refused, in words; None where the failure is of another kind.

    Looked for in what led to the failure too: a database that can't write can't undo either, and says so last.
    """
    while error is not None:
        for code, (what, then) in _DISK.items():
            if isinstance(error, OSError) and error.errno == code:
                return f"{what} ({error.filename}). {then}" if error.filename else f"{what}. {then}"
            # DuckDB's message names the file and ends as the system says it
            if type(error).__module__.startswith(("duckdb", "_duckdb")) and os.strerror(code) in str(error):
                return f"{what}. {then}\n{str(error).splitlines()[0]}"
        error = error.__cause__ or error.__context__
    return None
