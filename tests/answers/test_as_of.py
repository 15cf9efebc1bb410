"""The past is reproduced: a scorecard as of a date is the one that a run up to that date shows."""

from __future__ import annotations

import csv
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.answers.actions import actions, add_action
from pipelines.answers.as_of import as_known_at, end_of_day, then
from pipelines.answers.findings import findings_with_status
from pipelines.answers.journal import latest_statuses, notes_about, write_note
from pipelines.answers.quarter import Quarter
from pipelines.answers.scorecard import review_week, scorecard_document
from pipelines.answers.status import judged_feeds, status_document
from pipelines.report.model import Document, figures
from pipelines.report.pack import build_pack
from pipelines.run import run
from pipelines.warehouse import Journal, Reader
from pipelines.workspace import Workspace, load_workspace
from tests.bench.made import write_export, write_workspace

BEGIN = datetime(2025, 7, 15, 6, tzinfo=UTC)
FILES = ("first.csv", "second.csv", "corrected.csv")
PAGES = Path(__file__).resolve().parents[2] / "dashboard"
CALENDAR = '    deliveries:\n      contacts: {every: week, due: "D+1 12:00", from: 2025-06-30}\n'


def _company(folder: Path, files: tuple[str, ...], clock: datetime) -> Workspace:
    """Two weeks of contacts, one week each; then the first one again with other waits. Received a week apart."""
    write_workspace(folder)
    inbox = folder / "inbox" / "acme"
    write_export(inbox / "first.csv", 1500, days=7)
    write_export(inbox / "second.csv", 1500, days=7, start=1500, first=datetime(2025, 7, 7).date())
    rows = list(csv.reader((inbox / "first.csv").open(encoding="utf-8")))
    wait = rows[0].index("Queue wait s")
    with (inbox / "corrected.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([rows[0], *([*row[:wait], "5", *row[wait + 1 :]] for row in rows[1:])])
    lines = ["file_name,received_at"]
    for number, name in enumerate(FILES):
        lines.append(f"{name},{(BEGIN + timedelta(weeks=number)).isoformat()}")
        if name not in files:
            (inbox / name).unlink()
    (inbox / "_received.csv").write_text("\n".join(lines) + "\n")
    settings = folder / "workspace.yaml"
    settings.write_text(settings.read_text().replace("2026-12-01T00:00:00+00:00", clock.isoformat()))
    terms = folder / "terms" / "acme.yaml"
    terms.write_text(terms.read_text().replace("    clauses:", f"{CALENDAR}    clauses:"))
    workspace = load_workspace(folder)
    run(workspace)
    return workspace


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return _company(tmp_path_factory.mktemp("whole"), FILES, BEGIN + timedelta(weeks=30))


@pytest.mark.parametrize("came", [1, 2, 3])
def test_the_past_is_what_a_run_of_then_shows(whole: Workspace, tmp_path: Path, came: int) -> None:
    instant = BEGIN + timedelta(weeks=came - 1, hours=1)
    of_then = _company(tmp_path, FILES[:came], instant)
    with Reader.open(of_then.state) as reader:
        shown = scorecard_document(review_week(of_then, reader, by_queue=True))
        due = judged_feeds(of_then, reader)
        found = reader.frame("findings").select("finding_id", "fingerprint").sort("finding_id")
        counted = reader.frame("trust_days")
    with Reader.open(whole.state) as reader, as_known_at(whole, reader, instant) as (earlier, known):
        again = scorecard_document(review_week(earlier, known, by_queue=True))
        assert known.frame("trust_days").sort(pl.all()).equals(counted.sort(pl.all()))
        assert judged_feeds(earlier, known).equals(due)
        assert known.frame("findings").select("finding_id", "fingerprint").sort("finding_id").equals(found)
        assert len(status_document(earlier, known)["deliveries"]) == came
    assert again == shown
    assert again["rows"]


def test_a_pack_is_rebuilt_to_the_same_numbers(whole: Workspace, tmp_path: Path) -> None:
    """As it was made before the vendor restated its first week, with what people had said until then."""
    instant = BEGIN + timedelta(weeks=1, hours=1)
    of_then, quarter = _company(tmp_path, FILES[:2], instant), Quarter(2025, 3)
    with Reader.open(of_then.state) as reader:
        made = build_pack(of_then, reader, "acme", quarter)
        finding = reader.frame("findings")["finding_id"][0]
    own = replace(whole, root=tmp_path / "written")  # a journal of its own
    add_action(own, "Ana", "acme", "Open earlier", side="vendor", owner="Bo", metric="service_level")
    Journal.of(own).write("Ana", "finding", finding, "Seen", status="agreed")
    with Reader.open(whole.state) as reader:
        now = build_pack(own, reader, "acme", quarter)
        with as_known_at(own, reader, instant) as (earlier, known):
            again = build_pack(earlier, known, "acme", quarter)
            assert not actions(earlier)
            assert set(findings_with_status(earlier, known)["status"]) == {"open"}
    assert len(actions(own)) == 1
    assert _numbers(again.document) == _numbers(made.document)
    assert again.document.sections == _of_version(made.document, again.document.version).sections
    assert _numbers(now.document) != _numbers(made.document)


def _numbers(document: Document) -> list[tuple[str, object, int | None]]:
    return [(name, cell.value, cell.evidence.n if cell.evidence else None) for _, name, cell in figures(document)]


def _of_version(value: Any, version: str) -> Any:
    """A document, or a part of one, as if another version had been its source."""
    if isinstance(value, tuple):
        return tuple(_of_version(one, version) for one in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {one.name: _of_version(getattr(value, one.name), version) for one in fields(value)}
    return replace(value, **changed | ({"version": version} if "version" in changed else {}))


def test_a_restatement_changes_the_figure_and_the_past_keeps_the_old_one(whole: Workspace) -> None:
    def level(moment: datetime) -> float:
        with Reader.open(whole.state) as reader, as_known_at(whole, reader, moment) as (earlier, known):
            review = review_week(earlier, known, datetime(2025, 6, 30).date())
        assert review is not None
        return float(review.scorecard.filter(metric="service_level")["value"][0])

    restated = BEGIN + timedelta(weeks=2)
    assert level(restated - timedelta(seconds=1)) < 0.5 < level(restated) == 1.0


def test_a_day_ends_on_the_companys_clock(whole: Workspace) -> None:
    end = end_of_day(whole, datetime(2025, 7, 14).date())
    assert end.utcoffset() == timedelta(hours=2)
    assert end.astimezone(UTC).hour == 21


def test_the_past_needs_a_zone(whole: Workspace) -> None:
    with (
        Reader.open(whole.state) as reader,
        pytest.raises(ValueError, match="zone"),
        as_known_at(whole, reader, datetime(2025, 7, 20)),
    ):
        pass


def test_the_version_on_disk_stays_as_it_is(whole: Workspace) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (whole.state / "versions").iterdir()}
    with Reader.open(whole.state) as reader, as_known_at(whole, reader, BEGIN):
        pass
    assert {path.name: path.stat().st_mtime_ns for path in (whole.state / "versions").iterdir()} == before


def _page(name: str, day: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / "app.py"), default_timeout=60)
    app.query_params["asof"] = day
    app.query_params["fv"], app.query_params["kpi"] = "acme", "service_level"
    app.query_params["week"] = "2025-W27"
    return app.switch_page(f"pages_/{name}.py").run()


def _said(app: AppTest) -> str:
    said = "\n".join(element.value for kind in ("markdown", "caption") for element in app.get(kind))
    return said.replace("\xa0", " ")


def test_a_page_of_the_past_shows_what_was_known_and_leads_back_to_now(
    whole: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_WORKSPACE", str(whole.root))
    app = _page("figure", "2025-07-28")
    assert not app.exception
    assert "As known at the end of 28 Jul 2025" in _said(app)
    assert "100.0 %" not in _said(app)  # the corrected file came a day later
    links = [link.proto.query_string for link in app.get("page_link")]
    assert links
    assert all("asof=2025-07-28" in query for query in links)
    writing = [one for one in app.button if one.proto.is_form_submitter]
    assert all(one.proto.disabled for one in writing)
    app.button(key="back_to_now").click().run()
    assert not app.exception
    assert "As known at the end" not in _said(app)
    assert "100.0 %" in _said(app)
    assert "asof" not in app.query_params
    app.switch_page("pages_/deliveries.py").run()
    assert "As known at the end" not in _said(app)


@pytest.mark.parametrize("day", ["2031-01-01", "2026-02-10", "1999-01-01", "yesterday", "2025-02-30"])
def test_a_day_that_is_no_past_is_now(whole: Workspace, monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setenv("SIGHTLINE_WORKSPACE", str(whole.root))
    app = _page("deliveries", day)
    assert not app.exception
    assert "As known at the end" not in _said(app)


def test_the_past_knows_nothing_of_what_was_written_since(whole: Workspace) -> None:
    with Reader.open(whole.state) as reader:
        finding = str(reader.frame("findings")["finding_id"][0])
    note = Journal.of(whole).write("Vera", "finding", finding, "asked for it", "disputed")
    assert latest_statuses(whole, "finding") == {finding: "disputed"}
    earlier = then(whole, note.at - timedelta(microseconds=1))
    assert latest_statuses(earlier, "finding") == {}
    assert notes_about(earlier, "finding", finding) == []
    assert latest_statuses(then(whole, note.at), "finding") == {finding: "disputed"}
    with pytest.raises(ValueError, match="read only"):
        write_note(earlier, "finding", finding, "Vera", "now", "agreed", note.note_id)
