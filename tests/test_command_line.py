"""The command line on a small workspace, as a program and a person meet it."""

from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO

import click
import duckdb
import polars as pl
import pytest
from rich.console import Console

from pipelines import output
from pipelines.__main__ import BAD_INPUT, INTERNAL, main
from pipelines.warehouse import Build, Journal
from pipelines.workspace import CannotProceed, load_workspace
from pipelines.workspace.schema import TABLES
from tests.bench.made import write_export, write_workspace

LAW = ("rows_loaded", "rows_restating", "rows_duplicate", "rows_stale", "rows_rejected")


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def sightline(root, *words, columns=80, own_process=False):
    """A command as the shell would carry it out; in this process, unless the process itself is what is looked at."""
    done = _started(root, words, columns) if own_process else _called(words, columns)
    assert "Traceback" not in done.stderr + done.stdout
    return done


def _started(root, words, columns):
    command = [sys.executable, "-m", "pipelines", *map(str, words)]
    environment = {**os.environ, "COLUMNS": str(columns)}
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, env=environment)


def _called(words, columns):
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(StringIO()) as stdout,
        redirect_stderr(StringIO()) as stderr,
    ):
        patch.setattr(sys, "argv", ["pipelines", *map(str, words)])
        for console in ("_out", "_err"):
            patch.setattr(output, console, Console(stderr=console == "_err", highlight=False, width=columns))
        try:
            status = output.guarded(main, lambda: CannotProceed, BAD_INPUT, INTERNAL)
        except SystemExit as stop:
            status = stop.code
    return Done(status, stdout.getvalue(), stderr.getvalue())


def document(root, *words):
    done = sightline(root, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, root):
    """A workspace with two weeks of contacts, taken in once."""
    folder = tmp_path_factory.mktemp("company")
    write_workspace(folder)
    write_export(folder / "inbox" / "acme" / "calls.csv", 4000, days=14)
    run = document(root, "run", "--workspace", folder)
    return folder, run


def adds_up(delivery):
    return delivery["rows_read"] == sum(delivery[name] for name in LAW) + sum(delivery["rows_dropped"].values())


def test_run_accounts_for_every_row(loaded):
    _, run = loaded
    (delivery,) = run["deliveries"]
    assert delivery["rows_read"] == delivery["rows_loaded"] == 4000
    assert adds_up(delivery)
    assert {stage["stage"] for stage in run["stages"]} == {"find", "load", "marts", "checks", "publish"}
    assert run["version"] == "warehouse_1"


def test_status_and_scorecard_print_what_the_design_says(loaded, root):
    folder, _ = loaded
    status = document(root, "status", "--workspace", folder)
    # Paris is two hours ahead: the last contacts of 13 July in UTC are of the 14th.
    assert (status["data_from"], status["data_to"]) == ("2025-06-30", "2025-07-14")
    assert {"workspace", "version", "published_at", "deliveries", "feeds"} <= set(status)
    card = document(root, "scorecard", "--workspace", folder, "--week", "2025-W28")
    level = next(row for row in card["rows"] if row["metric"] == "service_level" and row["queue"] is None)
    assert level["numerator"] / level["denominator"] == pytest.approx(level["value"])
    assert level["low"] < level["value"] < level["high"]
    assert level["target"] == 0.8
    assert level["data_share"] == 1.0
    assert document(root, "findings", "--workspace", folder) == []


def test_money_of_a_vendor_without_invoices_or_credits(loaded, root):
    folder, _ = loaded
    money = document(root, "money", "--workspace", folder, "--vendor", "acme")
    assert {"clauses", "attainment", "settlements", "invoices", "costs", "waivers"} <= set(money)
    (clause,) = {row["clause_id"] for row in money["attainment"]}
    assert {row["state"] for row in money["attainment"]} <= {"partial", "running"}
    assert (money["settlements"], money["invoices"]) == ([], [])
    assert clause == money["clauses"][0]["id"]
    people = sightline(root, "money", "--workspace", folder)
    assert people.returncode == 0
    wrong = sightline(root, "money", "--workspace", folder, "--vendor", "acmee")
    assert wrong.returncode == 2
    assert "acme" in wrong.stderr


def test_the_same_content_again_changes_nothing(loaded, root, tmp_path):
    folder, _ = loaded
    copy = tmp_path / "again"
    shutil.copytree(folder, copy)
    before = document(root, "scorecard", "--workspace", copy)
    inbox = copy / "inbox" / "acme"
    shutil.copy(inbox / "calls.csv", inbox / "renamed.csv")
    lines = (inbox / "calls.csv").read_text().splitlines(keepends=True)
    (inbox / "reordered.csv").write_text(lines[0] + "".join(reversed(lines[1:])))
    (inbox / "zipped.csv").write_bytes(gzip.compress((inbox / "calls.csv").read_bytes()))
    run = document(root, "run", "--workspace", copy)
    assert [one["rows_loaded"] for one in run["deliveries"]] == [0, 0]
    assert [one["rows_duplicate"] for one in run["deliveries"]] == [4000, 4000]
    status = document(root, "status", "--workspace", copy)
    assert len(status["deliveries"]) == 4
    assert all(adds_up(one) for one in status["deliveries"])
    assert {one["status"] for one in status["deliveries"] if one["file_name"] != "calls.csv"} == {"duplicate"}
    after = document(root, "scorecard", "--workspace", copy)
    assert [{**row, "findings": []} for row in after["rows"]] == [{**row, "findings": []} for row in before["rows"]]


def test_files_that_cannot_be_taken_in_are_kept_with_the_reason(loaded, root, tmp_path):
    folder, _ = loaded
    copy = tmp_path / "bad"
    shutil.copytree(folder, copy)
    inbox = copy / "inbox" / "acme"
    (inbox / "notes.txt").write_text("hello")
    (inbox / "other.csv").write_text("Some,Other,Report\n1,2,3\n")
    (inbox / "accents.csv").write_bytes((inbox / "calls.csv").read_bytes()[:500] + b"\xe9\xe8\n")
    run = document(root, "run", "--workspace", copy)
    refused = {one["file_name"]: one for one in run["deliveries"]}
    assert {one["status"] for one in refused.values()} == {"quarantined"}
    assert refused["other.csv"]["refused_kind"] in ("wrong_content", "unexpected_columns")
    assert "UTF-8" in refused["accents.csv"]["message"].upper().replace("UTF8", "UTF-8")
    found = document(root, "findings", "--workspace", copy)
    assert {one["kind"] for one in found} >= {"wrong_content"}
    assert len(found) == 3
    critical = sightline(root, "findings", "--workspace", copy, "--fail-on", "critical", own_process=True)
    assert critical.returncode == 1
    assert "other.csv" in critical.stdout
    (inbox / "other.csv").rename(tmp_path / "other.csv")  # a stray file is dealt with by taking it out
    document(root, "run", "--workspace", copy)
    assert len(document(root, "findings", "--workspace", copy)) == 2
    assert (
        sightline(root, "findings", "--workspace", copy, "--kind", "late_delivery", "--fail-on", "info").returncode == 0
    )


def test_a_second_run_has_nothing_to_do(loaded, root, tmp_path):
    folder, _ = loaded
    copy = tmp_path / "still"
    shutil.copytree(folder, copy)
    run = document(root, "run", "--workspace", copy)
    assert run["deliveries"] == []
    assert run["version"] == "warehouse_1"


def test_mistakes_are_one_clear_message_each(loaded, root, tmp_path):
    missing = sightline(root, "status", "--workspace", tmp_path / "nowhere")
    assert missing.returncode == 2
    assert "nowhere" in missing.stderr
    folder = tmp_path / "wrong"
    shutil.copytree(loaded[0], folder)
    terms = folder / "terms" / "acme.yaml"
    terms.write_text(terms.read_text().replace("target: 0.8", "target: 80").replace("threshold_s", "treshold_s"))
    wrong = sightline(root, "run", "--workspace", folder, own_process=True)
    assert wrong.returncode == 2
    assert "threshold_s" in wrong.stderr
    assert "acme.yaml" in wrong.stderr
    assert "0.8" in wrong.stderr
    assert sightline(root, "scorecard", "--workspace", loaded[0], "--week", "2025-28").returncode == 2


def test_names_there_are_none_of_are_told_with_what_was_meant(loaded, root):
    folder = loaded[0]
    for words in (("scorecard", "--vendor", "acmee"), ("findings", "--vendor", "acmee")):
        done = sightline(root, *words, "--workspace", folder)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert "did you mean 'acme'?" in done.stderr
    assert "there are: acme" in sightline(root, "scorecard", "--vendor", "zzz", "--workspace", folder).stderr
    nothing = sightline(root, "scorecard", "--week", "2020-W01", "--workspace", folder)
    assert nothing.returncode == 0
    assert nothing.stdout.startswith("No figures of week 2020-W01")


def test_a_port_that_is_taken_is_told_before_anything_is_loaded(loaded, root):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        for command in ("serve", "demo"):
            done = sightline(root, command, "--port", port, "--workspace", loaded[0])
            assert (done.returncode, done.stdout) == (2, ""), command
            assert f"port {port} can't be used" in done.stderr
            assert "--port 8501" in done.stderr
    assert sightline(root, "serve", "--port", "99999", "--workspace", loaded[0]).returncode == 2


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/w/raw/1"), "The disk is full (/w/raw/1). Make room"),
        (OSError(errno.EROFS, "Read-only file system"), "it is read-only. Choose a folder"),
        (duckdb.IOException('Could not write file "w.wal": No space left on device'), "The disk is full. Make room"),
    ],
)
def test_what_the_disk_refuses_is_one_sentence(root, monkeypatch, failure, told):
    def fails(_folder):
        try:
            raise failure
        except Exception:  # as a database that can't undo either
            raise duckdb.TransactionException("cannot rollback - no transaction is active")  # noqa: B904

    monkeypatch.setattr("pipelines.__main__._workspace", fails)
    done = sightline(root, "run")
    assert done.returncode == 2
    assert told in done.stderr


def test_a_folder_that_may_not_be_written_can_be_read(loaded, root, tmp_path, monkeypatch):
    folder = shutil.copytree(loaded[0], tmp_path / "locked")
    journal = Journal(load_workspace(folder).journal_path)
    journal.write("Ada", "finding", "f1", "seen")
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    locked = Journal(journal.path)
    assert [note.text for note in locked.notes("finding", "f1")] == ["seen"]
    with pytest.raises(PermissionError):
        locked.write("Ada", "finding", "f1", "more")
    assert Journal(tmp_path / "nowhere" / "journal.sqlite").notes() == []
    assert sightline(root, "findings", "--workspace", folder).returncode == 0


def test_a_narrow_terminal_cuts_no_figure(loaded, root):
    lines = sightline(root, "status", "--workspace", loaded[0], columns=40).stdout.splitlines()
    assert "  files 1 · refused 0 · rows read 4,000" in lines
    assert not any("…" in line for line in lines)
    assert max(map(len, lines[2:])) <= 40  # the terminal breaks the sentences before


def test_progress_is_told_in_lines_where_no_bar_can_be_drawn(monkeypatch):
    log = StringIO()
    monkeypatch.setattr(output, "_err", Console(file=log))
    with output.progress(hidden=False) as show:
        for number in range(200):
            show(number, 200, f"calls_{number}.csv")
        for stage in ("marts", "checks", "checks"):
            show(200, 200, stage)
        show(0, 0, "marts")  # nothing new
    lines = log.getvalue().splitlines()
    assert lines[:2] == ["0 of 200 files: calls_0.csv ...", "20 of 200 files: calls_20.csv ..."]
    assert lines[10:] == ["marts ...", "checks ..."]


def test_init_makes_a_workspace_that_runs(root, tmp_path):
    made = document(root, "init", tmp_path / "new")
    assert made["feeds"]
    explained = (tmp_path / "new" / "MAPPING.md").read_text()
    assert all(f"### {name}\n" in explained for name in TABLES)
    assert "| `outcome` | yes | `answered`, `abandoned_queue`" in explained
    assert "- rate: `service_level`" in explained
    assert sightline(root, "run", "--workspace", tmp_path / "new").returncode == 0
    assert document(root, "findings", "--workspace", tmp_path / "new") == []  # nothing is waited for on the first day
    assert sightline(root, "scorecard", "--workspace", tmp_path / "new").returncode == 0
    again = sightline(root, "init", tmp_path / "new")
    assert again.returncode == 2


@pytest.fixture(scope="module")
def told(example, root):
    """Findings and files of the example, as programs are told them."""
    found = document(root, "findings", "--workspace", example)
    return found, document(root, "status", "--workspace", example)["deliveries"]


@pytest.mark.parametrize(("columns", "compared"), [(80, ("--vendor", "tana")), (200, ())])
def test_a_person_can_read_it_at_any_width(example, root, told, columns, compared):
    found, files = told
    printed = {
        name: sightline(root, name, "--workspace", example, columns=columns).stdout.splitlines()
        for name in ("findings", "status", "scorecard")
    }
    for name, lines in printed.items():
        assert max(len(line) for line in lines) <= columns, name
    compared = sightline(root, "reconcile", *compared, "--workspace", example, columns=columns)
    assert compared.returncode == 0
    assert "service_level" in compared.stdout
    heads = [line for line in printed["findings"] if line.startswith(("■", "▲", "·"))]
    assert len(heads) == len(found)
    # a sentence takes the width that there is: never a column of a few characters
    shortest = min((one for one in found if len(one["sentence"]) < columns - 4), key=lambda one: len(one["sentence"]))
    assert f"  {shortest['sentence']}" in printed["findings"]
    # what needs no attention is summed up, not listed
    assert len(printed["status"]) < len(files) / 4
    assert f"{len(files):,} files: " in printed["status"][2]
    reasons = ("refused_kind", "rows_rejected", "message", "conflicting_keys")
    odd = [one for one in files if any(one[reason] for reason in reasons)]
    assert f"{len(odd)} of them need attention:" in printed["status"]
    assert all(any(one["file_name"] in line for line in printed["status"]) for one in odd)


def test_status_lists_every_delivery_when_it_is_asked_to(loaded, root):
    folder, _run = loaded
    lines = sightline(root, "status", "--all", "--workspace", folder).stdout.splitlines()
    assert "acme/calls.csv" in lines
    assert "4,000 rows read = 4,000 loaded" in lines[lines.index("acme/calls.csv") + 1]


def test_a_status_written_into_the_journal_is_in_findings(loaded, root, tmp_path):
    folder = tmp_path / "judged"
    shutil.copytree(loaded[0], folder)
    (folder / "inbox" / "acme" / "notes.txt").write_text("hello")
    document(root, "run", "--workspace", folder)
    (before,) = document(root, "findings", "--workspace", folder)
    assert (before["status"], before["comment"]) == ("open", None)
    journal = Journal(load_workspace(folder).journal_path)
    journal.write("Ada", "finding", before["finding_id"], "a note, not a file of calls", "explained")
    (after,) = document(root, "findings", "--workspace", folder, "--status", "explained")
    assert (after["status"], after["status_by"], after["comment"]) == (
        "explained", "Ada", "a note, not a file of calls",
    )  # fmt: skip
    assert document(root, "findings", "--workspace", folder, "--status", "open") == []
    assert "Ada: a note, not a file of calls" in sightline(root, "findings", "--workspace", folder).stdout
    unknown = sightline(root, "findings", "--workspace", folder, "--kind", "missing_dya")
    assert unknown.returncode == 2
    assert "missing_day" in unknown.stderr


def test_a_scorecard_as_of_a_day_says_so(loaded, root):
    folder, _ = loaded
    nothing = document(root, "scorecard", "--workspace", folder, "--as-of", "2025-06-01")
    assert nothing["rows"] == []
    today = document(root, "scorecard", "--workspace", folder, "--as-of", "2026-11-30T12:00:00+00:00")
    assert today["as_of"] == "2026-11-30T12:00:00+00:00"
    now = document(root, "scorecard", "--workspace", folder)
    assert today["rows"] == now["rows"]
    assert sightline(root, "scorecard", "--workspace", folder, "--as-of", "yesterday").returncode == 2


def test_before_the_first_run_every_command_says_what_to_do(root, tmp_path):
    sightline(root, "init", tmp_path / "new")
    pack = ("qbr", "--vendor", "vendor_a", "--quarter", "2026-Q3", "--out", tmp_path / "pack.pdf")
    for words in (("status",), ("findings", "--json"), ("money",), pack):
        done = sightline(root, *words, "--workspace", tmp_path / "new")
        assert (done.returncode, done.stdout) == (2, "")
        assert "run the pipeline first" in done.stderr


def test_a_second_run_at_the_same_time_is_told_to_wait(root, tmp_path):
    write_workspace(tmp_path)
    with Build.open(load_workspace(tmp_path)):
        done = sightline(root, "run", "--workspace", tmp_path, own_process=True)
    assert done.returncode == 2
    assert "another run is loading into this workspace" in done.stderr


def test_a_panic_inside_a_library_is_an_internal_error(capsys):
    """Polars breaks off with something that is no Exception; a status of 1 would say that all went well."""

    def breaks(**_):
        raise pl.exceptions.PanicException("assertion failed: i < self.len()")

    command = click.Group(callback=breaks, invoke_without_command=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["pipelines"])
        assert output.guarded(command, lambda: CannotProceed, BAD_INPUT, INTERNAL) == INTERNAL
    assert "Internal error: PanicException" in capsys.readouterr().err
