"""The register of actions: nothing is lost, the latest word counts, and an effect is told from noise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pipelines.answers.actions import action_documents, actions, add_action, change_action, effects, in_period
from pipelines.measures.effect import moved_since
from pipelines.warehouse import Journal, Reader, WrittenMeanwhile
from pipelines.workspace import Workspace, load_workspace

DUE = date(2026, 11, 30)


def test_an_action_is_added_changed_and_done_and_every_entry_stays(workspace: Workspace) -> None:
    assert actions(workspace) == []
    assert not workspace.journal_path.exists()
    first = add_action(
        workspace, "Ana", "away", " More agents on Mondays ", side="vendor", owner="Bo", due=DUE,
        about=("breach", "b1"), metric="service_level", queue="billing",
    )  # fmt: skip
    assert (first.what, first.state, first.due, first.about_id) == ("More agents on Mondays", "open", DUE, "b1")
    second = change_action(workspace, "Bo", first, "two weeks more", due=date(2026, 12, 14))
    done = change_action(workspace, "Ana", second, state="done")
    assert actions(workspace) == [done]
    assert (done.due, done.opened_by, done.changed_by) == (date(2026, 12, 14), "Ana", "Ana")
    assert done.closed_at == done.changed_at
    assert [note.text for note in done.notes] == ["", "two weeks more", ""]
    reopened = change_action(workspace, "Bo", done, "not yet", state="open")
    assert reopened.closed_at is None
    assert action_documents([reopened], {}, date(2027, 1, 1))[0]["overdue"] is True


def test_two_people_at_once_lose_nothing(workspace: Workspace) -> None:
    seen = add_action(workspace, "Ana", "away", "Send the forecast", side="client", owner="Ana")
    change_action(workspace, "Bo", seen, state="done")
    with pytest.raises(WrittenMeanwhile) as told:
        change_action(workspace, "Cy", seen, "still waiting", state="dropped")
    assert [note.author for note in told.value.notes] == ["Bo"]
    assert actions(workspace)[0].state == "done"


def test_open_actions_come_first_by_due_day_and_can_be_chosen(workspace: Workspace) -> None:
    late = add_action(workspace, "Ana", "away", "b", side="vendor", owner="Bo", due=date(2026, 12, 1))
    soon = add_action(workspace, "Ana", "abroad", "a", side="client", owner="Bo", due=date(2026, 11, 1))
    some_day = add_action(workspace, "Ana", "away", "c", side="client", owner="Bo", about=("finding", "f1"))
    done = change_action(
        workspace, "Ana", add_action(workspace, "Ana", "away", "d", side="vendor", owner="Bo"), state="done"
    )
    assert actions(workspace) == [soon, late, some_day, done]
    assert actions(workspace, vendor="abroad") == [soon]
    assert actions(workspace, state="done") == [done]
    assert actions(workspace, about=("finding", "f1")) == [some_day]
    assert [one.overdue(date(2026, 11, 2)) for one in (soon, late, some_day, done)] == [True, False, False, False]
    now = datetime.now(UTC).date()
    assert in_period([soon, done], now + timedelta(days=1), now + timedelta(days=7)) == [soon]
    assert in_period([soon], now - timedelta(days=9), now - timedelta(days=3)) == []


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"vendor": "nobody"}, "vendor 'nobody' is not known"), ({"side": "other"}, "side 'other'"),
        ({"metric": "happiness"}, "metric 'happiness'"), ({"queue": "q9"}, "queue 'q9'"),
        ({"what": "  "}, "needs: what"), ({"owner": ""}, "needs: owner"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_before_anything_is_written(
    workspace: Workspace, wrong: dict[str, str], said: str
) -> None:
    given = {"vendor": "away", "what": "x", "side": "vendor", "owner": "Bo"} | wrong
    with pytest.raises(ValueError, match=said):
        add_action(workspace, "Ana", given.pop("vendor"), given.pop("what"), **given)  # type: ignore[arg-type]
    assert actions(workspace) == []


def test_a_foreign_entry_about_an_action_that_was_never_opened_is_passed_over(workspace: Workspace) -> None:
    Journal(workspace.journal_path).write("Ana", "action", "a9", "a remark")
    assert actions(workspace) == []


WEEKS = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(40)]
SINCE = WEEKS[30] + timedelta(days=2)


def _moved(shift: float, seed: int = 1, direction: str = "higher", weeks: int = 40) -> str:
    noise = np.random.default_rng(seed).normal(0, 0.02, 40)
    values: list[float | None] = [0.8 + noise[i] + (shift if i > 30 else 0) for i in range(weeks)]
    return moved_since(WEEKS[:weeks], values, SINCE, direction).verdict


def test_a_figure_that_moved_is_told_from_one_that_only_wobbles() -> None:
    assert _moved(0.1) == "better"
    assert _moved(-0.1) == "worse"
    assert _moved(-0.1, direction="lower") == "better"
    assert _moved(0.1, direction="none") == "moved"
    wobbling = [_moved(0.0, seed) for seed in range(300)]
    # nine weeks under the rules at known limits: about one stable figure in ten gives a signal of some kind
    assert wobbling.count("no_clear_change") > 240


def test_too_few_weeks_say_nothing() -> None:
    assert _moved(0.3, weeks=34) == "too_early"
    assert moved_since(WEEKS, [0.8] * 40, WEEKS[5], "higher").verdict == "too_little_data"
    unknown = moved_since(WEEKS, [0.8] * 31 + [None] * 9, SINCE, "higher")
    assert (unknown.verdict, unknown.after) == ("too_early", None)


def test_the_launch_after_which_calls_were_longer_shows_as_a_move(example: Path, tmp_path: Path) -> None:
    """The planted change of ``technique_fr``; and an action whose time has not come, and one without a measure."""
    real = load_workspace(example)
    aside = replace(real, root=tmp_path)
    with Reader.open(real.state) as reader:
        plain = add_action(aside, "Ana", "lille", "look into it", side="client", owner="Ana")
        measured = add_action(
            aside, "Ana", "poitiers", "shorter script", side="vendor", owner="Bo", metric="aht_s", queue="technique_fr"
        )
        old = replace(measured, action_id="old", opened_at=datetime(2026, 9, 16, 12, tzinfo=UTC))
        found = effects(aside, reader, [plain, measured, old])
    assert found[plain.action_id].verdict == "no_measure"
    # written today, and the example's data end before: nothing can have happened since
    assert found[measured.action_id].verdict == "too_early"
    moved = found["old"]
    assert moved.verdict == "moved"
    assert moved.after is not None
    assert moved.before is not None
    assert moved.after > moved.before
