"""One run after another: what is new is taken in, what is not costs nothing, what was cut short is made good."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from pipelines import run as runs
from pipelines.__main__ import main
from pipelines.answers.status import status_document
from pipelines.intake import delivery
from pipelines.intake.mapping.assemble import Controls
from pipelines.intake.mapping.batches import MappedBatch
from pipelines.intake.mapping.session import Session
from pipelines.run import run
from pipelines.trust import watch
from pipelines.warehouse import Build, Reader
from pipelines.workspace import load_workspace
from tests.bench.made import write_export, write_workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with three days of calls of one vendor, a file each."""
    write_workspace(tmp_path)
    for number in range(3):
        first = date(2026, 11, 2 + number)
        write_export(tmp_path / "inbox" / "acme" / f"day{number}.csv", 40, first=first, days=1, start=40 * number)
    return tmp_path


def ledger(folder: Path) -> list[tuple[str, str, int]]:
    with Reader.open(load_workspace(folder).state) as reader:
        frame = reader.frame("deliveries").sort("received_at", "file_name")
    return frame.select("file_name", "status", "rows_loaded").rows()


def test_small_files_are_stored_together_and_each_has_its_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "inbox" / "acme" / "bad.csv").write_text("a,b\n1,2\n")
    stored: list[int] = []
    together = Build.load_together
    monkeypatch.setattr(Build, "load_together", lambda self, some: (stored.append(len(some)), together(self, some))[1])
    assert run(load_workspace(folder)).stages["load"].rows == 120
    assert sorted(ledger(folder)) == [
        ("bad.csv", "quarantined", 0), *((f"day{n}.csv", "accepted", 40) for n in range(3)),
    ]  # fmt: skip
    assert sum(stored) == 3
    assert len(stored) < 3


def test_a_file_with_a_header_alone_is_taken_in_with_a_word_about_it(folder: Path) -> None:
    whole = folder / "inbox" / "acme" / "day0.csv"
    whole.write_text(whole.read_text().splitlines()[0] + "\n")
    run(load_workspace(folder))
    with Reader.open(load_workspace(folder).state) as reader:
        [line] = reader.frame("deliveries").filter(pl.col("file_name") == "day0.csv").to_dicts()
    assert (line["status"], line["rows_read"]) == ("accepted_with_warnings", 0)
    assert line["message"] == "The file has a header and nothing below it: there was nothing to load."


def test_a_file_that_no_feed_takes_says_why_and_is_done_with_once_one_does(folder: Path) -> None:
    inbox = folder / "inbox"
    (inbox / "acmee").mkdir()
    (inbox / "acmee" / "calls.csv").write_text("a\n1\n")
    (inbox / "acme" / "calls.txt").write_bytes((inbox / "acme" / "day0.csv").read_bytes())
    (inbox / "acme" / "day0.csv").unlink()
    run(load_workspace(folder))
    lines = _lines(folder)
    assert "inbox/acmee is not named after a vendor" in lines["calls.csv"]["message"]
    assert "did you mean 'acme'?" in lines["calls.csv"]["message"]
    assert "no feed's `files` pattern fits its name: *.csv" in lines["calls.txt"]["message"]
    (inbox / "acme" / "late.csv.gz").write_bytes(gzip.compress((inbox / "acme" / "day1.csv").read_bytes()))
    (inbox / "house").mkdir()
    (inbox / "house" / "day9.csv").write_bytes((inbox / "acme" / "day1.csv").read_bytes() + b"\n")
    (inbox / "astray.csv").write_text("a\n1\n")
    people = folder / "vendors.yaml"
    people.write_text(people.read_text().replace("vendors:\n", "vendors:\n  house: {name: H, kind: in_house}\n"))
    assert run(load_workspace(folder)).strays == ["astray.csv"]
    lines = _lines(folder)
    assert "does it belong into inbox/acme?" in lines["day9.csv"]["message"]
    assert "but for being compressed" in lines["late.csv.gz"]["message"]
    feed = next((folder / "feeds").iterdir())
    feed.write_text(feed.read_text().replace("*.csv", "*.*"))
    run(load_workspace(folder))
    assert _lines(folder)["calls.txt"]["status"] == "accepted"
    assert "calls.txt" not in _told(folder)


def test_findings_of_a_mapping_that_was_put_right_are_closed(folder: Path) -> None:
    feed = next((folder / "feeds").iterdir())
    right = feed.read_text()
    feed.write_text(right.replace("%Y-%m-%d", "%d.%m.%y"))
    run(load_workspace(folder))
    assert "day0.csv" in _told(folder)
    feed.write_text(right.replace("version: 1", "version: 2"))
    run(load_workspace(folder))
    assert _lines(folder)["day0.csv"]["rows_loaded"] == 40
    assert "day0.csv" not in _told(folder)


def test_a_mapping_read_again_asks_the_sender_for_nothing(folder: Path) -> None:
    """Rows that stay as they were and rows that the new mapping alone changes are no repetition and no restatement."""
    run(load_workspace(folder))
    feed = next((folder / "feeds").iterdir())
    for version, reads in ((2, "Hold s"), (3, "ACW s")):  # all the same; hold times from another column
        text = feed.read_text().replace(f"version: {version - 1}", f"version: {version}")
        feed.write_text(text.replace("hold_s: {from: Hold s", f"hold_s: {{from: {reads}"))
        run(load_workspace(folder))
        assert _lines(folder)["day1.csv"]["mapping_version"] == version
        assert "day" not in _told(folder)


def test_what_a_file_holds_twice_is_told_still_when_it_is_read_again(folder: Path) -> None:
    twice = folder / "inbox" / "acme" / "day1.csv"
    twice.write_text(twice.read_text() + "".join(f"{line}\n" for line in twice.read_text().splitlines()[1:11]))
    run(load_workspace(folder))
    feed = next((folder / "feeds").iterdir())
    feed.write_text(feed.read_text().replace("version: 1", "version: 2"))
    run(load_workspace(folder))
    assert "10 of 50 rows of day1.csv repeat rows already held" in _told(folder)


def test_files_that_could_not_be_read_are_read_again_as_soon_as_the_workspace_says_otherwise(folder: Path) -> None:
    """A mistaken mapping and an unknown name are put right without a new version; what was read well is left alone."""
    feed, vendors = next((folder / "feeds").iterdir()), folder / "vendors.yaml"
    right, names = feed.read_text(), vendors.read_text()
    feed.write_text(right.replace("from: Queue wait s", "from: Queue wait"))
    vendors.write_text(names.replace("value: Q_3,", "value: Q_33,"))
    run(load_workspace(folder))
    assert _lines(folder)["day0.csv"]["status"] == "quarantined"
    feed.write_text(right)
    report = run(load_workspace(folder))
    assert len(report.delivery_ids) == 3
    some = _lines(folder)["day0.csv"]
    assert some["rows_rejected"] > 0
    assert some["rows_loaded"] == 40 - some["rows_rejected"]
    assert run(load_workspace(folder)).delivery_ids == []
    vendors.write_text(names)
    run(load_workspace(folder))
    assert _lines(folder)["day0.csv"]["rows_rejected"] == 0
    assert "day0.csv" not in _told(folder)
    vendors.write_text(names.replace("value: Q_3,", "value: Q_33,"))
    assert run(load_workspace(folder)).delivery_ids == []


def test_all_unknown_names_and_rows_that_contradict_each_other_are_told_at_once(folder: Path) -> None:
    people, file = folder / "vendors.yaml", folder / "inbox" / "acme" / "day0.csv"
    people.write_text(people.read_text().replace("value: Q_3,", "value: X,").replace("value: Q_5,", "value: Y,"))
    lines = file.read_text().splitlines()
    other = next(line for line in lines[1:] if ",Q_1," in line or ",Q_2," in line).replace(",+336", ",+337")
    file.write_text("\n".join([*lines, other, ""]))
    run(load_workspace(folder))
    workspace = load_workspace(folder)
    with Reader.open(workspace.state) as reader:
        [told] = [one for one in status_document(workspace, reader)["deliveries"] if one["file_name"] == "day0.csv"]
    cell = told["first_rejected"]
    assert {cell["raw_value"], *cell["also"]} == {"Q_3", "Q_5"}
    assert (told["conflicting_keys"], told["key"]) == (1, ["leg_id"])


def test_a_mapping_that_changed_without_a_new_version_is_told_until_it_has_one(folder: Path) -> None:
    run(load_workspace(folder))
    feed = next((folder / "feeds").iterdir())
    right = feed.read_text()
    feed.write_text("# a comment changes nothing\n" + right)
    assert run(load_workspace(folder)).outdated == []
    feed.write_text(right.replace("wait_s: {from: Queue wait s, type: duration, unit: s}",
                                  "wait_s: {from: Queue wait s, type: duration, unit: ms}"))  # fmt: skip
    for _ in range(2):
        [told] = run(load_workspace(folder)).outdated
        assert (told.mapping_id, told.version, told.files) == ("acme_contacts", 1, 3)
    feed.write_text(feed.read_text().replace("version: 1", "version: 2"))
    assert run(load_workspace(folder)).outdated == []


def test_a_correction_after_the_agreed_days_is_told_with_that(folder: Path) -> None:
    """A file that comes a month after its day, under terms that let figures be corrected for ten days."""
    terms, inbox = folder / "terms" / "acme.yaml", folder / "inbox" / "acme"
    first, changed = (
        (inbox / "day0.csv").read_text(),
        (inbox / "day0.csv").read_text().replace(",Handled,", ",Abandoned,"),
    )
    (inbox / "day0_corrected.csv").write_text(changed)
    days = {"day0": 3, "day1": 4, "day2": 5, "day0_corrected": 30}
    received = "".join(f"{name}.csv,2026-11-{day:02}T08:00:00+01:00\n" for name, day in days.items())
    (inbox / "_received.csv").write_text("file_name,received_at\n" + received)
    run(load_workspace(folder))
    assert first != changed
    assert "rows already held, for 2 Nov 2026 to 3 Nov 2026; the earlier ones are kept" in _told(folder)
    terms.write_text(
        terms.read_text().replace("    interval_min: 30\n", "    interval_min: 30\n    restatement_days: 10\n")
    )
    run(load_workspace(folder))
    assert (
        "for 2 Nov 2026 to 3 Nov 2026, 27 days after it ended; the agreement allows 10. The earlier ones are kept"
        in _told(folder)
    )


def test_names_whose_bytes_are_no_text_are_written_out(folder: Path) -> None:
    """As archives from another system leave them: they once ended the run for all files."""
    inbox = os.fsencode(folder / "inbox" / "acme")
    try:
        os.rename(inbox + b"/day0.csv", inbox + b"/journ\xe9e.csv")
    except OSError:
        pytest.skip("this system takes only names that are text")
    with open(inbox + b"/refus\xe9.csv", "w") as file:
        file.write("a,b\n1,2\n")
    run(load_workspace(folder))
    lines = _lines(folder)
    assert (lines["journ\\xe9e.csv"]["status"], lines["refus\\xe9.csv"]["status"]) == ("accepted", "quarantined")
    assert "refus\\xe9.csv" in _told(folder)
    os.unlink(inbox + b"/refus\xe9.csv")
    run(load_workspace(folder))
    assert "refus" not in _told(folder)


def _lines(folder: Path) -> dict[str, dict[str, object]]:
    """The deliveries that stand, by file."""
    with Reader.open(load_workspace(folder).state) as reader:
        return {one["file_name"]: one for one in reader.frame("deliveries").to_dicts() if one["status"] != "superseded"}


def _told(folder: Path) -> str:
    """What the findings that are not closed say."""
    with Reader.open(load_workspace(folder).state) as reader:
        return " ".join(reader.frame("findings").filter(pl.col("closed_at").is_null())["sentence"])


def test_a_large_file_is_stored_as_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "LARGE", 30)
    assert run(load_workspace(folder)).stages["load"].rows == 120
    assert [line[1:] for line in ledger(folder)] == [("accepted", 40)] * 3


def test_a_run_with_nothing_new_looks_no_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(load_workspace(folder))

    def never(*_: object) -> None:
        raise AssertionError("nothing has changed")

    monkeypatch.setattr(watch, "look", never)
    second = run(load_workspace(folder))
    assert second.version is None
    assert (second.checks, second.stages["checks"].rows) == (first.checks, first.stages["checks"].rows)
    settings = folder / "workspace.yaml"
    settings.write_text(settings.read_text().replace("2026-12-01", "2026-12-09"))
    with pytest.raises(AssertionError, match="nothing has changed"):
        run(load_workspace(folder))


def test_what_a_killed_run_left_unpublished_is_published_by_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is loaded and looked at, and then the process ends."""
    with monkeypatch.context() as cut:
        cut.setattr(Build, "publish", lambda _: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            run(load_workspace(folder))
    assert run(load_workspace(folder)).version == "warehouse_1"
    assert len(ledger(folder)) == 3
    assert run(load_workspace(folder)).version is None


def test_a_touched_file_is_no_news(folder: Path) -> None:
    run(load_workspace(folder))
    later = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
    os.utime(folder / "inbox" / "acme" / "day0.csv", (later, later))
    assert run(load_workspace(folder)).version is None


def _stumbles_over(monkeypatch: pytest.MonkeyPatch, name: str, last_row: int) -> None:
    """From now on a fault of the program shows at the last row of one file."""
    mapped = delivery.map_batch

    def stumbling(session: Session, controls: Controls, frame: pl.DataFrame) -> MappedBatch:
        batch = mapped(session, controls, frame)
        if session.plan.file_name == name and batch.rows["source_row"].max() == last_row:
            raise ZeroDivisionError("of the program")
        return batch

    monkeypatch.setattr(delivery, "map_batch", stumbling)


@pytest.mark.parametrize("rows", [40, 25_000])
def test_a_file_that_the_program_stumbles_over_holds_up_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """A fault of the program, wherever in the file, is told with its place; the file waits for a release that can."""
    write_export(folder / "inbox" / "acme" / "odd.csv", rows, first=date(2026, 11, 8), days=1, start=900)
    _stumbles_over(monkeypatch, "odd.csv", rows + 1)
    report = run(load_workspace(folder))
    assert [(one.file, one.error) for one in report.left_out] == [("acme/odd.csv", "ZeroDivisionError: of the program")]
    assert "stumbling" in report.left_out[0].details
    assert sorted(ledger(folder)) == [(f"day{n}.csv", "accepted", 40) for n in range(3)]
    assert len(report.delivery_ids) == 3
    monkeypatch.undo()
    assert run(load_workspace(folder)).left_out == []
    assert ("odd.csv", "accepted", rows) in ledger(folder)


def test_the_command_tells_of_a_file_that_it_stumbled_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stumbles_over(monkeypatch, "day1.csv", 41)
    told = CliRunner().invoke(main, ["run", "--workspace", str(folder)])
    assert told.exit_code == 3
    assert "inbox/acme/day1.csv was not taken in" in told.output
    told = CliRunner().invoke(main, ["run", "--workspace", str(folder), "--json"])
    assert told.exit_code == 3
    assert [one["file"] for one in json.loads(told.stdout)["left_out"]] == ["acme/day1.csv"]
