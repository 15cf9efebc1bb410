"""The command line: ``python -m pipelines COMMAND``. Thin: each command asks a room and prints what it says.

Exit status: 0 done; 1 done, with findings at or above ``--fail-on``; 2 bad input or configuration; 3 internal error.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines import output

# Polars, DuckDB and the rooms are imported by the commands that need them: a person who asks for help, or mistypes an
# option, is answered at once.
if TYPE_CHECKING:
    from pipelines.measures.agreement.periods import Grain
    from pipelines.report.model import Document
    from pipelines.warehouse import Reader
    from pipelines.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SEVERITIES = ("info", "warning", "critical")
GRAINS = ("interval", "day", "week", "month", "quarter")
SIDES = ("client", "vendor", "both", "unknown")
STATUSES = ("open", "explained", "disputed", "agreed", "waived")
#: Commands that read whole files, or start a program that has its own say.
LOADING = ("demo", "run", "serve")
DONE, FOUND, BAD_INPUT, INTERNAL = 0, 1, 2, 3


def _workspace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--workspace",
        "folder",
        type=click.Path(path_type=Path),
        default=lambda: os.environ.get("SIGHTLINE_WORKSPACE") or ROOT / "sample_data",
        help="The company's folder (default: SIGHTLINE_WORKSPACE, else the example workspace).",
    )(command)


_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
_fail_on_option = click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 where a finding is at or above this severity."
)

_port_option = click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True,
    help="Where the dashboard listens, on 127.0.0.1.",
)  # fmt: skip
_language_option = click.option(
    "--language", type=click.Choice(["en", "fr"]), help="Language of the document (default: the workspace's first)."
)
_as_of_option = click.option(
    "--as-of", "as_of", help="As it was known at the end of this day (2026-03-20), or at an instant."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Sightline: outsourced customer care, seen as clearly as your own."""
    if context.invoked_subcommand not in LOADING:
        # An answer is thousands of steps on frames of a few hundred rows: handing each to a pool of threads costs
        # more than the step. Polars reads this when it is first imported.
        os.environ.setdefault("POLARS_MAX_THREADS", "1")


@main.command()
@_workspace_option
@_port_option
@click.option("--no-serve", is_flag=True, help="Load the example and stop there.")
def demo(folder: Path, port: int, no_serve: bool) -> None:
    """Make the example workspace's files if they are absent, load them, show the dashboard."""
    if not no_serve:
        _check_free(port)  # before the minutes that loading takes
    if not any((folder / "inbox").glob("*/*")):
        output.say(f"Making the example workspace's files in {folder} ...")
        subprocess.run([sys.executable, "-m", "sample_data.generator", "--out", str(folder)], cwd=ROOT, check=True)
    _run(_workspace(folder), as_json=False)
    if not no_serve:
        _serve(folder, port)


@main.command()
@click.argument("target", type=click.Path(path_type=Path))
@_json_option
def init(target: Path, as_json: bool) -> None:
    """Make a new workspace in TARGET: commented files that validate."""
    from pipelines.workspace import init_workspace

    init_workspace(target)
    workspace = _workspace(target)
    if as_json:
        output.print_json({"workspace": str(target), "name": workspace.settings.name, "feeds": sorted(workspace.feeds)})
    else:
        output.say(f"A new workspace is in {target}. Next: say in vendors.yaml, terms/ and feeds/ who sends you what")
        output.say("(MAPPING.md explains how a file is described), put files into inbox/<vendor>/, and")
        output.say(f"  python -m pipelines run --workspace {target}")


@main.command()
@_workspace_option
@_json_option
@_fail_on_option
def run(folder: Path, as_json: bool, fail_on: str | None) -> None:
    """Take in what is new, load it, refresh the marts, check, publish a version."""
    document = _run(_workspace(folder), as_json)
    if document["left_out"]:
        sys.exit(INTERNAL)
    _exit_on(document["findings"]["by_severity"], fail_on)


@main.command()
@_workspace_option
@_json_option
@click.option(
    "--all", "everything", is_flag=True, help="Each delivery with its rows, not only those in need of attention."
)
def status(folder: Path, as_json: bool, everything: bool) -> None:
    """The published version, its deliveries with their row accounting, and which feeds came on time."""
    from pipelines.answers.status import status_document

    workspace = _workspace(folder)
    with _reader(workspace) as reader:
        document = status_document(workspace, reader)
    output.print_json(document) if as_json else output.print_status(document, everything)


@main.command()
@_workspace_option
@_json_option
@_fail_on_option
@click.option("--vendor", help="Only this vendor.")
@click.option("--kind", help="Only this kind of finding.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="At or above this severity.")
@click.option("--period", help="Touching this period: 2026-10-05, 2026-W41, 2026-10 or 2026.")
@click.option("--status", "state", type=click.Choice(STATUSES), help="Only with this status.")
def findings(
    folder: Path,
    as_json: bool,
    fail_on: str | None,
    vendor: str | None,
    kind: str | None,
    severity: str | None,
    period: str | None,
    state: str | None,
) -> None:
    """What is missing or does not add up, each to be explained, with its evidence."""
    from pipelines.answers.findings import findings_with_status
    from pipelines.trust.findings import KINDS, filtered, finding_documents

    _known("kind of finding", kind, KINDS)
    span = output.period(period) if period else None
    workspace = _workspace(folder)
    _check_vendor(workspace, vendor)
    with _reader(workspace) as reader:
        found = findings_with_status(workspace, reader)
    chosen = filtered(found, vendor=vendor, kind=kind, severity=severity, period=span, status=state)
    documents = finding_documents(chosen)
    output.print_json(documents) if as_json else output.print_findings(documents)
    counts: dict[str, int] = {}
    for document in documents:
        counts[document["severity"]] = counts.get(document["severity"], 0) + 1
    _exit_on(counts, fail_on)


@main.command()
@_workspace_option
@_json_option
@click.option("--week", help="ISO week such as 2026-W46 (default: the last complete week).")
@click.option("--vendor", help="Only this vendor.")
@click.option("--by-queue", is_flag=True, help="One row per vendor, queue and measure.")
@click.option("--as-of", "as_of", help="As it was known at the end of this day (2026-03-20), or at an instant.")
def scorecard(
    folder: Path, as_json: bool, week: str | None, vendor: str | None, by_queue: bool, as_of: str | None
) -> None:
    """Vendor by measure: value, n, interval, baseline, gap, target, trust."""
    from pipelines.answers.as_of import as_known_at
    from pipelines.answers.weekly import judged_week, weekly_document

    monday = output.week_start(week) if week else None
    workspace = _workspace(folder)
    _check_vendor(workspace, vendor)
    instant = output.instant(as_of, workspace.settings.time_zone) if as_of else None
    with _reader(workspace) as reader, contextlib.ExitStack() as stack:
        if instant:
            workspace, reader = stack.enter_context(as_known_at(workspace, reader, instant))
        judged = judged_week(workspace, reader, monday, by_queue=by_queue, vendor=vendor)
    document = weekly_document(judged, workspace) | {"as_of": instant}
    output.print_json(document) if as_json else output.print_scorecard(document)


@main.command()
@_workspace_option
@_json_option
@click.option("--vendor", help="Only this vendor (default: all that report).")
@click.option("--period", help="Touching this period: 2026-10-05, 2026-W41, 2026-10, 2026-Q3 or 2026 (default: all).")
def reconcile(folder: Path, as_json: bool, vendor: str | None, period: str | None) -> None:
    """Reported against recomputed: every reported figure, the difference by cause, what would explain it."""
    from pipelines.answers.ledger_money import valued
    from pipelines.answers.reconcile import reconcile_document, reconciled

    span = output.period(period) if period else None
    workspace = _workspace(folder)
    _check_vendor(workspace, vendor)
    with _reader(workspace) as reader:
        found = valued(workspace, reader, reconciled(workspace, reader, vendor))
    document = reconcile_document(found.of_period(*span) if span else found)
    output.print_json(document) if as_json else output.print_reconciliation(document)


@main.command()
@_workspace_option
@_json_option
@click.option("--vendor", help="Only this vendor (default: all).")
@click.option("--period", help="Touching this period: 2026-10-05, 2026-W41, 2026-10, 2026-Q3 or 2026 (default: all).")
@click.option(
    "--by",
    "grain",
    type=click.Choice(["interval", "day", "week", "month", "quarter"]),
    help="Attainment in periods of this length (default: each clause's own, which alone settles anything).",
)
@click.option(
    "--try",
    "proposed",
    metavar="CLAUSE",
    help="Before signing: a clause such as metric=service_level,target=0.8,threshold_s=30,variant=abandon_negative,"
    "per_point=1500, over the last year of the vendor's contacts (default: the in-house team's).",
)
def money(
    folder: Path, as_json: bool, vendor: str | None, period: str | None, grain: Any, proposed: str | None
) -> None:
    """Clauses and what was attained, credits with the rule behind each, invoices against the work, true cost."""
    from pipelines.answers.money import accounts_of, attained_by, money_document, money_of

    first, last = output.period(period) if period else (None, None)
    workspace = _workspace(folder)
    _check_vendor(workspace, vendor)
    if proposed is not None:
        _try(workspace, proposed, vendor, as_json)
        return
    with _reader(workspace) as reader:
        known = accounts_of(workspace, reader, vendor)
        found = money_of(known)
        if grain is not None:
            found = replace(found, attained=attained_by(known, grain, first, last))
    document = money_document(found.of_period(first, last) if first and last else found, workspace.baseline)
    output.print_json(document) if as_json else output.print_money(document)


@main.command()
@_workspace_option
@_json_option
@click.option("--period", help="2026-10-05, 2026-W41, 2026-10, 2026-Q3 or 2026 (default: the last complete week).")
@click.option("--vendor", help="Only this vendor.")
@click.option("--queue", help="Only this queue.")
@click.option("--grain", type=click.Choice(GRAINS), default="day", show_default=True, help="Intervals, days or longer.")
@click.option("--metric", help="Only clauses of this metric, such as service_level.")
@click.option("--side", type=click.Choice(SIDES), help="Only misses whose cause is this side's.")
@click.option("--beyond-noise", is_flag=True, help="Only what is more than the queue's own noise.")
@click.option("--not-excused", is_flag=True, help="Only what no relief and no waiver excuses.")
def breaches(
    folder: Path,
    as_json: bool,
    period: str | None,
    vendor: str | None,
    queue: str | None,
    grain: Grain,
    metric: str | None,
    side: str | None,
    beyond_noise: bool,
    not_excused: bool,
) -> None:
    """Where a clause missed its target: when, by how much, how many contacts, whose cause."""
    from pipelines.answers.breaches import Asked, breaches_document, breaches_found, last_week

    span = output.period(period) if period else None
    workspace = _workspace(folder)
    _known("vendor", vendor, workspace.vendors)
    _known("queue", queue, workspace.queues)
    with _reader(workspace) as reader:
        days = span or last_week(reader)
        asked = Asked(*days, vendor, queue, grain, metric=metric) if days else None
        found = breaches_found(workspace, reader, asked, side=side, beyond_noise=beyond_noise, not_excused=not_excused)
    document = breaches_document(found, grain)
    output.print_json(document) if as_json else output.print_breaches(document)


@main.command()
@_workspace_option
@_json_option
@click.option("--week", help="ISO week such as 2026-W46 (default: the last complete week).")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file: .html for an e-mail, .pdf, .pptx.")
@_language_option
@_as_of_option
def brief(
    folder: Path, as_json: bool, week: str | None, out: Path | None, language: str | None, as_of: str | None
) -> None:
    """The weekly brief: what changed, whom to call about what, what is open, due and ahead."""
    from pipelines.report.places import check_out

    monday = output.week_start(week) if week else None
    if out is not None:
        check_out(out)
    from pipelines.report import commands
    from pipelines.report.brief import build_brief
    from pipelines.report.model import document_json

    workspace = _workspace(folder)
    with _as_known(workspace, as_of) as (then, reader, instant):
        spoken = commands.language_of(then, language)
        document = build_brief(then, reader, monday, language=spoken, as_of=instant)
    if document is None:
        raise click.UsageError("no contacts have come to write a brief of: python -m pipelines status says what has")
    if out is not None:
        _write(document, out, None)
    if as_json:
        output.print_json(document_json(document))
    elif out is None:
        output.print_document(document)


@main.command()
@_workspace_option
@_json_option
@click.option("--vendor", required=True, help="Whose quarter.")
@click.option("--quarter", help="Such as 2026-Q3, or 2026-27-Q1 of the fiscal year (default: the last whole one).")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file: .pptx, .pdf, .xlsx or .html.")
@click.option(
    "--edition",
    type=click.Choice(["vendor", "internal"]),
    default="vendor",
    show_default=True,
    help="For the vendor: its own figures only. Internal: all vendors' figures, not to be handed over.",
)
@_language_option
@_as_of_option
@click.option(
    "--template",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The company's own .pptx or .potx for slides (default: documents.template of workspace.yaml).",
)
def qbr(
    folder: Path, as_json: bool, vendor: str, quarter: str | None, out: Path | None, edition: str,
    language: str | None, as_of: str | None, template: Path | None,
) -> None:  # fmt: skip
    """The quarterly review pack of one vendor: terms, figures, evidence, money, actions."""
    from pipelines.report.places import check_out, template_of

    if out is None and not as_json:
        raise click.UsageError("say where the pack goes (--out FILE), or ask for its model (--json)")
    if out is not None:
        check_out(out, template)
    workspace = _workspace(folder)
    _check_vendor(workspace, vendor)
    slides = template or template_of(workspace)
    if out is not None and slides is not template:
        check_out(out, slides)
    from pipelines.report import commands
    from pipelines.report.model import document_json
    from pipelines.report.pack import build_pack

    with _as_known(workspace, as_of) as (then, reader, instant):
        spoken, chosen = commands.language_of(then, language), commands.quarter_of(then, reader, quarter)
        pack = build_pack(then, reader, vendor, chosen, edition=edition, language=spoken, as_of=instant)  # type: ignore[arg-type]
    if out is not None:
        _write(pack.document, out, slides)
    if as_json:
        output.print_json(document_json(pack.document))


def _workspace(folder: Path) -> Workspace:
    from pipelines.workspace import load_workspace

    return load_workspace(folder)


def _known(what: str, code: str | None, there_are: Collection[str]) -> None:
    if code is not None and code not in there_are:
        from pipelines.workspace.problems import did_you_mean

        meant = did_you_mean(code, there_are) or f"there are: {', '.join(sorted(there_are))}"
        raise click.BadParameter(f"{code!r} is no {what}; {meant}")


@main.command()
@_workspace_option
@_port_option
def serve(folder: Path, port: int) -> None:
    """The dashboard, on this machine only (127.0.0.1)."""
    _workspace(folder)
    _check_free(port)
    _serve(folder, port)


def _run(workspace: Workspace, as_json: bool) -> dict[str, Any]:
    from pipelines.answers.status import run_document
    from pipelines.notify import notice_documents
    from pipelines.run import run as run_pipeline

    try:
        with output.progress(hidden=as_json) as progress:
            report = run_pipeline(workspace, progress)
    except KeyboardInterrupt:
        output.complain("Stopped. What was loaded so far stays; the next run goes on from there.")
        sys.exit(BAD_INPUT)
    with _reader(workspace) as reader:
        document = run_document(workspace, reader, report.delivery_ids, report.stages.values())
    document["notices"] = notice_documents(report.notices)
    document["strays"] = report.strays
    document["outdated_mappings"] = [asdict(one) for one in report.outdated]
    document["left_out"] = [asdict(one) for one in report.left_out]
    output.print_json(document) if as_json else output.print_run(document)
    return document


def _try(workspace: Workspace, proposed: str, vendor: str | None, as_json: bool) -> None:
    from pipelines.answers.money import accounts_of
    from pipelines.answers.trial import NotAClause, parsed, trial_document, tried

    code = vendor or workspace.baseline
    if code is None:
        raise click.UsageError("name a --vendor: the workspace has no baseline_vendor whose contacts could be tried")
    try:
        clause = parsed(proposed)
    except NotAClause as error:
        raise click.BadParameter("; ".join(error.mistakes), param_hint="--try") from error
    with _reader(workspace) as reader:
        known = accounts_of(workspace, reader, code)
        if not known:
            raise click.UsageError(f"no contacts of {code} have come: there is nothing to try a clause on")
        document = trial_document(tried(known[0], clause))
    output.print_json(document) if as_json else output.print_trial(document)


def _check_vendor(workspace: Workspace, vendor: str | None) -> None:
    _known("vendor", vendor, workspace.vendors)


@contextlib.contextmanager
def _as_known(workspace: Workspace, as_of: str | None) -> Iterator[tuple[Workspace, Reader, datetime | None]]:
    """The workspace and its reader, as of now or of an instant that a person wrote."""
    from pipelines.answers.as_of import as_known_at

    instant = output.instant(as_of, workspace.settings.time_zone) if as_of else None
    with _reader(workspace) as reader, contextlib.ExitStack() as stack:
        then = workspace
        if instant is not None:
            then, reader = stack.enter_context(as_known_at(workspace, reader, instant))
        yield then, reader, instant


def _write(document: Document, out: Path, template: Path | None) -> None:
    from pipelines.report import commands

    for line in commands.write_document(document, out, template):
        output.complain(line)
    output.complain(f"{out}: written.")


def _reader(workspace: Workspace) -> Reader:
    from pipelines.warehouse import Reader

    return Reader.open(workspace.state)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the dashboard will
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            another = 8502 if port == 8501 else 8501
            raise click.ClickException(
                f"port {port} can't be used on 127.0.0.1 ({problem.strerror}): another dashboard may be running."
                f" Choose another with --port {another} (make run PORT={another})"
            ) from problem


def _serve(folder: Path, port: int) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "SIGHTLINE_WORKSPACE": str(folder.resolve())}, check=False
        )
    except KeyboardInterrupt:
        output.say("Stopped.")
    else:
        if ended.returncode > 0:
            sys.exit(INTERNAL)


def _exit_on(counts: dict[str, int], fail_on: str | None) -> None:
    if fail_on and any(counts.get(level, 0) for level in SEVERITIES[SEVERITIES.index(fail_on) :]):
        sys.exit(FOUND)


def _cannot_proceed() -> type[Exception]:
    from pipelines.workspace import CannotProceed

    return CannotProceed


if __name__ == "__main__":
    sys.exit(output.guarded(main, _cannot_proceed, BAD_INPUT, INTERNAL))
