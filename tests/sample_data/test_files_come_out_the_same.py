"""The committed files are the generator's, byte for byte (all of them: test_stories.py), and stay small."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from sample_data.generator import inbox, plan
from sample_data.generator.__main__ import main
from sample_data.generator.check import differences, plain
from sample_data.generator.faults import answer_key
from sample_data.generator.simulate import Settings
from tests.sample_data.conftest import USUAL_ZLIB

HOME = Path(__file__).resolve().parents[2] / "sample_data"


@pytest.fixture(scope="module")
def two_weeks():
    return dict(inbox.inbox_files(inbox.world(Settings(days=14))))


def test_the_first_weeks_are_those_that_are_committed(two_weeks):
    files = {name: content for name, content in two_weeks.items() if not name.endswith("_received.csv")}
    assert len(files) > 30
    for name, content in files.items():
        committed = (HOME / "inbox" / name).read_bytes()
        assert plain(committed) == plain(content), name
        assert committed == content or not USUAL_ZLIB, name


def test_twice_the_same(two_weeks):
    assert dict(inbox.inbox_files(inbox.world(Settings(days=14)))) == two_weeks


def test_another_seed_gives_other_files(two_weeks):
    other = dict(inbox.inbox_files(inbox.world(Settings(seed=1, days=7))))
    assert not set(other.values()) & {content for name, content in two_weeks.items() if "contacts" in name}


def test_the_files_stay_under_20_mb():
    sizes = [path.stat().st_size for path in (HOME / "inbox").rglob("*") if path.is_file()]
    assert sum(sizes) < 20_000_000
    assert len(sizes) > 1000


def test_every_file_has_its_instant_of_reception():
    for folder in (HOME / "inbox").iterdir():
        log = pl.read_csv(folder / "_received.csv")
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert set(log["file_name"]) == names - {"_received.csv"}
        assert log["received_at"].str.contains(r"T\d\d:\d\d:\d\d[+-]\d\d:\d\d$").all()


def test_one_flat_file_for_measuring(tmp_path):
    target = tmp_path / "flat.csv"
    arguments = ["--contacts", "200000", "--days", "7", "--flat", str(target)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    rows = pl.read_csv(target, separator=";")
    assert rows.width == 18
    assert 1500 < rows.height < 4000
    assert rows["ID de conversation"].is_unique().all()


def test_another_folder_is_a_whole_workspace(tmp_path):
    result = CliRunner().invoke(main, ["--contacts", "50000", "--days", "7", "--out", str(tmp_path / "other")])
    assert result.exit_code == 0, result.output
    for name in ("workspace.yaml", "vendors.yaml", "faults.yaml", "terms/lille.yaml", "inbox/tana/_received.csv"):
        assert (tmp_path / "other" / name).is_file()


def test_check_names_what_differs(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "b.csv").write_bytes(b"other")
    (tmp_path / "inbox" / "c.csv").write_bytes(b"too many")
    (tmp_path / "faults.yaml").write_bytes(answer_key())
    files = [("a.csv", b"1"), ("b.csv", b"2")]
    assert differences(tmp_path, files, answer_key()) == [
        "inbox/a.csv: absent",
        "inbox/b.csv: differs",
        "inbox/c.csv: not one of the generator's",
    ]


def test_the_last_week_is_whole():
    assert plan.LAST_DAY.isocalendar()[:2] == (2026, 46)
    assert plan.WEEKS == 72
