"""The loaded workspace: look-ups by date, zones, frames, fingerprints, the key, a new folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.workspace import (
    DERIVED,
    Alias,
    Workspace,
    WorkspaceError,
    clauses_frame,
    column_type,
    columns_allowed,
    customer_key,
    find_workspace,
    init_workspace,
    load_workspace,
    queues_frame,
    rate_cards_frame,
    sites_frame,
    vendors_frame,
)
from pipelines.workspace.columns import ALTERNATIVES
from pipelines.workspace.schema import CONTACTS, SLA_REPORTS, TABLES

TERMS = "terms/vendor_a.yaml"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "company")


def changed(workspace: Workspace, file: str, old: str, new: str) -> Workspace:
    path = workspace.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load_workspace(workspace.root)


def test_new_workspace_is_whole(workspace: Workspace) -> None:
    assert workspace.baseline == "in_house"
    assert set(workspace.vendors) == set(workspace.terms) == {"in_house", "vendor_a"}
    assert sorted(path.name for path in workspace.inbox.iterdir()) == ["README.md", "in_house", "vendor_a"]
    ignored = (workspace.root / ".gitignore").read_text(encoding="utf-8")
    assert "state/" in ignored
    assert "secrets/" in ignored
    assert not workspace.key_path.is_relative_to(workspace.state)


def test_new_workspace_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="a new or empty folder"):
        init_workspace(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(WorkspaceError, match="a new or empty folder"):
        init_workspace(tmp_path / "mine.txt")


def test_new_workspace_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert init_workspace(tmp_path / "empty").settings.name == "Example company"


def test_terms_apply_as_of_the_event(workspace: Workspace) -> None:
    changed(workspace, TERMS, "# valid_to: 2026-12-31", "valid_to: 2025-12-31")
    path = workspace.root / TERMS
    later = "\n  - {id: later, valid_from: 2026-02-01, report_tz: Europe/Paris}\n"
    path.write_text(path.read_text(encoding="utf-8") + later, encoding="utf-8")
    held = load_workspace(workspace.root)
    named = {
        day: terms.id if (terms := held.terms_on("vendor_a", day)) else None
        for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 15), date(2026, 2, 1))
    }
    assert list(named.values()) == [None, "vendor_a_2025", "vendor_a_2025", None, "later"]
    assert held.terms_on("nobody", date(2026, 1, 1)) is None


def test_zone_of(workspace: Workspace) -> None:
    assert workspace.zone_of("vendor_a", "home") == "Europe/Paris"
    assert workspace.zone_of("vendor_a") == "Africa/Casablanca"
    assert workspace.zone_of("nobody") == "Europe/Paris"


def test_alias_dates_include_both_ends() -> None:
    alias = Alias(system="s", value="v", queue="q", valid_from=date(2025, 1, 1), valid_to=date(2025, 1, 31))
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 1)]
    assert [alias.holds_on(day) for day in days] == [False, True, True, False]


def test_numbers_keep_their_writing_where_they_are_texts(workspace: Workspace) -> None:
    """1.10 as a menu path is not 1.1, NO is Norway, 007 keeps its zeros."""
    held = changed(workspace, "vendors.yaml", "value: VQ_ORDERS_FR", "value: 1.10")
    assert held.aliases[0].value == "1.10"
    held = changed(workspace, "vendors.yaml", "value: 1.10", "value: 007")
    assert held.aliases[0].value == "007"
    held = changed(
        workspace, "vendors.yaml", "country: MA\n    shore: nearshore\n    # parent", "country: NO\n    # parent"
    )
    assert held.vendors["vendor_a"].country == "NO"


def test_merge_keys_share_a_map(workspace: Workspace) -> None:
    old = "      - {id: abandoned, metric: abandon_rate, target: 0.05}\n"
    new = "      - &shared {id: abandoned, metric: abandon_rate, target: 0.05}\n      - {<<: *shared, id: later}\n"
    held = changed(workspace, TERMS, old, new)
    clauses = {clause.id: clause for clause in held.terms["vendor_a"][0].clauses}
    assert clauses["later"].target == clauses["abandoned"].target == 0.05


def test_clauses_frame(workspace: Workspace) -> None:
    frame = clauses_frame(workspace)
    assert frame.select("terms_id", "clause_id").is_unique().all()
    level = frame.filter(vendor_code="vendor_a", metric="service_level").row(0, named=True)
    assert level["threshold_s"] == 20.0
    assert level["variant"] == "short_excluded"
    assert level["short_abandon_s"] == 5.0
    assert level["include"] == []
    assert (level["valid_from"], level["valid_to"]) == (date(2025, 1, 1), None)
    directions = dict(frame.filter(vendor_code="vendor_a").select("metric", "direction").rows())
    assert directions == {"service_level": "higher", "abandon_rate": "lower", "aht_s": "lower"}


def test_a_clause_on_repeats_takes_the_companys_rule_where_it_says_nothing(workspace: Workspace) -> None:
    own = """      - {id: solved, metric: fcr, target: 0.7}
      - {id: again, metric: repeat_rate, target: 0.2, window_h: 72}
"""
    frame = clauses_frame(changed(workspace, TERMS, "    clauses:\n", "    clauses:\n" + own))
    told = frame.select("clause_id", "window_h", "same_reason", "cross_vendor", "own_repeat_rule").rows()
    assert [row for row in told if row[1]] == [
        ("solved", 168.0, False, True, False),
        ("again", 72.0, False, True, True),
    ]


def test_the_good_side_of_a_clause_is_that_of_its_figure(workspace: Workspace) -> None:
    """Some agreements call the answered share an abandon rate: more of it is better."""
    own = "abandon_rate, target: 0.95, variant: answered_over_offered"
    found = changed(workspace, TERMS, "metric: abandon_rate, target: 0.05", f"metric: {own}")
    sides = {one.metric: one.direction for one in found.terms["vendor_a"][0].clauses}
    assert (sides["abandon_rate"], sides["service_level"], sides["aht_s"]) == ("higher", "higher", "lower")


def test_clauses_on_surveys_are_judged_from_the_agreed_number_of_answers_on(workspace: Workspace) -> None:
    more = "      - {id: happy, metric: csat, target: 0.8}\n      - {id: few, metric: nps, target: 10, min_volume: 5}\n"
    held = changed(workspace, TERMS, "      - {id: handle_time", more + "      - {id: handle_time")
    assert {one.id: one.min_volume for one in held.terms["vendor_a"][0].clauses} == {
        "service_level": 100, "abandoned": None, "happy": 30, "few": 5, "handle_time": None,
    }  # fmt: skip


def test_money_is_settled_by_the_day_or_longer(workspace: Workspace) -> None:
    """A clause may be measured by interval; credits on it would settle nothing, so they are refused."""
    by_interval = changed(workspace, TERMS, "measurement_period: month ", "measurement_period: interval ")
    assert by_interval.terms["vendor_a"][0].clauses[0].measurement_period == "interval"
    credits = "    credits: {at_risk_rate: 0.1, allocation: {service_level: 0.5}}\n    restatement_days:"
    with pytest.raises(WorkspaceError) as refused:
        changed(workspace, TERMS, "    restatement_days:", credits)
    (problem,) = refused.value.problems
    assert "settled by the day or longer" in problem.expected
    assert "interval_share" in problem.hint


def test_rate_cards_take_dates_and_currency_from_their_terms(workspace: Workspace) -> None:
    row = rate_cards_frame(workspace).filter(vendor_code="vendor_a").row(0, named=True)
    assert row["amount"] == Decimal("0.4200")
    assert (row["currency"], row["valid_from"], row["unit"]) == ("EUR", date(2025, 1, 1), "minute")
    card = "amount: 0.42, valid_from: 2024-06-01, valid_to: 2025-06-30"
    held = changed(workspace, TERMS, "amount: 0.42", card)
    row = rate_cards_frame(held).filter(vendor_code="vendor_a").row(0, named=True)
    assert (row["valid_from"], row["valid_to"]) == (date(2025, 1, 1), date(2025, 6, 30))


def test_frames_of_people(workspace: Workspace) -> None:
    vendors = vendors_frame(workspace)
    assert vendors.filter("is_baseline")["vendor_code"].to_list() == ["in_house"]
    assert sites_frame(workspace)["tz"].to_list() == ["Europe/Paris", "Africa/Casablanca"]
    assert queues_frame(workspace)["queue_code"].to_list() == ["orders_fr", "returns_fr"]


@pytest.mark.parametrize(
    ("file", "old", "new", "others_too"),
    [
        (TERMS, "target: 0.8 ", "target: 0.85 ", False),
        ("workspace.yaml", "window_hours: 168", "window_hours: 72", True),
        ("vendors.yaml", "name: Orders, in French", "name: Orders", True),
    ],
)
def test_fingerprint_follows_what_figures_depend_on(
    workspace: Workspace, file: str, old: str, new: str, others_too: bool
) -> None:
    before = {vendor: workspace.fingerprint(vendor) for vendor in workspace.vendors}
    assert before == {vendor: load_workspace(workspace.root).fingerprint(vendor) for vendor in workspace.vendors}
    held = changed(workspace, file, old, new)
    assert held.fingerprint("vendor_a") != before["vendor_a"]
    assert (held.fingerprint("in_house") != before["in_house"]) is others_too


def test_key_is_made_once_and_is_private(workspace: Workspace) -> None:
    key = customer_key(workspace)
    assert len(key) == 32
    assert customer_key(workspace) == key
    assert workspace.key_path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in workspace.key_path.parent.iterdir()] == ["customer.key"]


def test_first_users_at_once_get_one_key(workspace: Workspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: customer_key(workspace), range(32)))) == 1


def _readable_by_group(path: Path) -> None:
    path.chmod(0o640)


def _short(path: Path) -> None:
    path.write_bytes(b"secret")


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(_readable_by_group, "chmod 600"), (_short, "6 bytes"), (_link, "not a link"), (_folder, "plain file")],
)
def test_bad_key_is_refused(workspace: Workspace, spoil: Callable[[Path], None], words: str) -> None:
    customer_key(workspace)
    spoil(workspace.key_path)
    with pytest.raises(WorkspaceError, match=words):
        customer_key(workspace)


def test_find_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SIGHTLINE_WORKSPACE", raising=False)
    assert find_workspace() == Path("sample_data")
    monkeypatch.setenv("SIGHTLINE_WORKSPACE", os.fspath(tmp_path))
    assert find_workspace() == tmp_path
    assert find_workspace("other") == Path("other")


def test_column_types() -> None:
    assert column_type(CONTACTS, "wait_s", {}) == "duration"
    assert column_type(CONTACTS, "queued_at", {}) == "datetime"
    assert column_type(SLA_REPORTS, "service_level", {}) == "ratio"
    assert column_type(SLA_REPORTS, "quality", {"quality": "score"}) == "float"
    assert "quality" in columns_allowed(SLA_REPORTS, {"quality": "score"})
    assert "service_level" not in columns_allowed(CONTACTS, {})


def test_derived_columns_are_columns_that_are_required() -> None:
    for name, derived in DERIVED.items():
        tables = TABLES.values() if name == "*" else [TABLES[name]]
        for column in derived:
            assert any(one.column(column).required for one in tables if column in one.names), (name, column)
    for (table, column), sources in ALTERNATIVES.items():
        assert column in {**DERIVED["*"], **DERIVED.get(table, {})}
        assert set(sources) <= set(TABLES[table].names)


def test_a_move_names_vendors_and_queues_that_there_are_and_settles_after_it_happens(tmp_path: Path) -> None:
    init_workspace(tmp_path / "company")
    settings = tmp_path / "company" / "workspace.yaml"
    move = (
        "\nmoves:\n  - {id: home, queues: [nowhere], from_vendor: vendor_a, to_vendor: vendor_a, moved_on: 2026-03-02,"
        " settled_on: 2026-02-01, donors: [{vendor: nobody}]}\n"
    )
    settings.write_text(settings.read_text(encoding="utf-8") + move, encoding="utf-8")
    with pytest.raises(WorkspaceError) as raised:
        load_workspace(tmp_path / "company")
    told = " ".join(str(problem) for problem in raised.value.problems)
    for expected in ("a queue of vendors.yaml", "another vendor", "the day of the move", "nobody"):
        assert expected in told
