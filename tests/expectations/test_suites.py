"""The suites are whole and documented; pass, fail and error are three results; mistakes are told before a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from pipelines.trust import suites as suites_module
from pipelines.trust.checks import SCHEMA, result_counts, run_checks
from pipelines.trust.suites import Suite, fingerprint, load_suites, suites_table
from pipelines.workspace import WorkspaceError

NOW = datetime(2026, 11, 16, tzinfo=UTC)


def suite(*checks: tuple[str, str, dict[str, object]]) -> Suite:
    return Suite.model_validate(
        {
            "name": "trial",
            "meta": {"evidence": "checks_contacts", "feed": "contacts", "rows": ["vendor", "day"]},
            "expectations": [
                {
                    "type": kind,
                    "kwargs": values,
                    "severity": "warning",
                    "meta": {"id": name, "sentence": {"en": "true", "fr": "vrai"}, "owner": "someone"},
                }
                for name, kind, values in checks
            ],
        }
    )


def own_suite(folder, **changes):
    document = json.loads(
        suite(("one", "expect_column_to_exist", {"column": "day"})).model_dump_json(exclude={"source"})
    )
    document |= changes
    (folder / "expectations").mkdir()
    (folder / "expectations" / "own.json").write_text(json.dumps(document))
    return SimpleNamespace(root=folder)


def test_every_check_has_two_sentences_and_an_id_of_its_own():
    ids = [check.meta.id for one in load_suites() for check in one.expectations]
    assert len(ids) == len(set(ids)) > 25
    for one in load_suites():
        for check in one.expectations:
            assert check.meta.sentence.en != check.meta.sentence.fr


def test_the_table_of_the_readme_is_true(root):
    assert suites_table(load_suites()) in (root / "expectations" / "README.md").read_text()


def test_pass_fail_and_error_are_told_apart():
    frame = pl.DataFrame({"vendor": ["a", "b"], "day": ["2026-11-02", "2026-11-03"], "offered": [5, -1]})
    between = "expect_column_values_to_be_between"
    trial = suite(
        ("fine", between, {"column": "offered", "max_value": 10}),
        ("negative", between, {"column": "offered", "min_value": 0}),
        ("no-column", between, {"column": "nothing", "min_value": 0}),
        ("no-type", "expect_the_unheard_of", {}),
        ("bad-values", "expect_compound_columns_to_be_unique", {"column_list": ["vendor"]}),
    )
    results = run_checks([trial], {"checks_contacts": frame}, NOW)
    assert results.schema == pl.Schema(SCHEMA)
    assert dict(results.select("check_id", "result").rows()) == {
        "fine": "pass", "negative": "fail", "no-column": "error", "no-type": "error", "bad-values": "error",
    }  # fmt: skip
    failed = results.filter(pl.col("check_id") == "negative").row(0, named=True)
    assert failed["offending"] == 1
    assert json.loads(failed["examples"]) == [{"offered": -1, "vendor": "b", "day": "2026-11-03"}]
    assert results.filter(pl.col("result") == "error")["message"].str.len_chars().min() > 10
    assert result_counts(results) == {"pass": 1, "fail": 1, "error": 3}


def test_a_feed_that_the_company_does_not_have_is_left_out():
    empty = pl.DataFrame(schema={"vendor": pl.String(), "day": pl.String()})
    results = run_checks([suite(("one", "expect_column_to_exist", {"column": "day"}))], {"checks_contacts": empty}, NOW)
    assert results.height == 0


def test_a_workspace_adds_suites_of_its_own(tmp_path):
    loaded = load_suites(own_suite(tmp_path))
    assert [one.source for one in loaded].count("workspace") == 1
    assert fingerprint(loaded) != fingerprint(load_suites())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"meta": {"evidence": "contacts", "feed": None, "rows": ["day"]}}, "checks_contacts"),
        ({"expectations": []}, "expectations"),
        ({"expectations": [{"type": "expect_x", "kwargs": {}, "severity": "grave"}]}, "severity"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_mistakes_in_a_suite_are_told_with_their_place(tmp_path, changes, says):
    with pytest.raises(WorkspaceError, match=says) as error:
        load_suites(own_suite(tmp_path, **changes))
    assert "expectations/own.json" in str(error.value)


def test_an_id_that_another_suite_has_is_a_mistake(tmp_path):
    workspace = own_suite(tmp_path)
    path = tmp_path / "expectations" / "own.json"
    path.write_text(path.read_text().replace('"one"', '"contacts-waits"'))
    with pytest.raises(WorkspaceError, match="contacts-waits"):
        load_suites(workspace)


def test_a_file_that_is_no_json_is_a_mistake(tmp_path):
    workspace = own_suite(tmp_path)
    (tmp_path / "expectations" / "own.json").write_text("{")
    with pytest.raises(WorkspaceError, match=r"own\.json"):
        load_suites(workspace)


def test_great_expectations_is_not_imported_by_reading_suites():
    import subprocess
    import sys

    code = "import sys; from pipelines.trust.watch import look; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert suites_module.HOME.is_dir()
