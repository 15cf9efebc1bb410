"""The stories are in the data: what the answer key promises can be measured on the simulated contacts."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from sample_data.generator import inbox, plan, reports
from sample_data.generator.check import differences
from sample_data.generator.faults import answer_key
from sample_data.generator.parcels import parcels
from sample_data.generator.simulate import Settings
from tests.sample_data.conftest import USUAL_ZLIB

pytestmark = pytest.mark.slow
ANSWERED = pl.col("outcome") == 0
DETRACTOR, PROMOTER = pl.col("recommend") < 7, pl.col("recommend") > 8


@pytest.fixture(scope="module")
def committed():
    return inbox.world(Settings())


@pytest.fixture(scope="module", params=["committed", "seed-11"])
def world(request):
    return request.getfixturevalue("committed") if request.param == "committed" else inbox.world(Settings(seed=11))


@pytest.fixture(scope="module")
def offered(world):
    return world.contacts.filter(pl.col("outcome") != 2)


def _nps(contacts):
    replies = contacts.filter(pl.col("replied") == 1)
    return replies.select((PROMOTER.mean() - DETRACTOR.mean()) * 100).item()


def test_all_committed_files_come_out_the_same(committed, root):
    found = differences(root / "sample_data", inbox.inbox_files(committed), answer_key())
    if not USUAL_ZLIB:
        found = [line for line in found if "packed by another zlib" not in line]
    assert found == []


def test_every_vendor_answers_most_callers(offered):
    for vendor in plan.VENDORS:
        own = offered.filter(pl.col("vendor") == vendor)
        assert 0.75 < own.select((ANSWERED & (pl.col("wait_ms") <= 120_000)).mean()).item() < 0.99
        assert 0.02 < own.select((~ANSWERED).mean()).item() < 0.14


def test_honest_reports_agree_with_the_contacts_and_one_does_not(world, offered):
    """Printed to one decimal: an honest report is within rounding of the clause's figure on every line."""
    printed = [one for one in parcels(world) if one.feed == "sla_report" and one.vendor in ("casablanca", "tana")]
    columns = {
        "casablanca": ("Date", "%d/%m/%Y", "Campagne", "NS 30s (%)"),
        "tana": ("jour", "%Y-%m-%d", "file", "QS 120s"),
    }
    for vendor, (day, form, queue, level) in columns.items():
        rows = pl.concat([one.printed for one in printed if one.vendor == vendor]).select(
            day=pl.col(day).str.to_date(form),
            queue=pl.col(queue).str.strip_prefix("ATN_").str.slice(0, 3).str.to_lowercase(),
            printed=pl.col(level).str.strip_chars(" %").str.replace(",", ".").cast(pl.Float64, strict=False) / 100,
        )
        own = offered.filter(pl.col("vendor") == vendor).group_by("day", pl.col("queue").str.slice(0, 3)).agg(
            true=reports.service_level(reports.DEFINITIONS[vendor])
        )  # fmt: skip
        both = rows.join(own, on=["day", "queue"]).drop_nulls().with_columns(gap=pl.col("printed") - pl.col("true"))
        assert both.height == rows.drop_nulls().height
        honest = both if vendor == "tana" else both.filter(pl.col("day") < plan.DROPPED_SHORT_DAY)
        assert honest["gap"].abs().max() <= 0.00051
        if vendor == "casablanca":
            after = both.filter(pl.col("day") >= plan.DROPPED_SHORT_DAY)
            assert after["gap"].min() > -0.00051
            assert after["gap"].mean() > 0.008
            assert (after["gap"] > 0.00051).mean() > 0.25


def test_only_one_queue_serves_inside_the_threshold_first(offered):
    for vendor in plan.VENDORS:
        threshold = plan.VENDORS[vendor].threshold_s * 1000
        own = offered.filter((pl.col("vendor") == vendor) & ANSWERED)
        since = pl.col("day") >= plan.THRESHOLD_FIRST_DAY
        for part, gaming in ((own.filter(~since), False), (own.filter(since), vendor == "tana")):
            waits = part["wait_ms"]
            before = waits.is_between(threshold - 20_000, threshold, closed="right").sum()
            after = waits.is_between(threshold, threshold + 20_000, closed="right").sum()
            share = _overtaken(part)
            assert (after / before < 0.5) == gaming, vendor
            assert (share > 0.01) == gaming, vendor
            if not gaming:
                assert share < 0.001


def _overtaken(answered):
    instants = pl.col("queued_ms") + pl.col("wait_ms")
    later = instants.reverse().cum_min().reverse().shift(-1).over("line", "day")
    return answered.sort("line", "queued_ms", instants).select((later < instants).mean()).item()


def test_the_returned_queue_improves(offered):
    queue = offered.filter(pl.col("queue") == "sav_fr")
    before = queue.filter(pl.col("day") < plan.MOVE_FIRST_DAY)
    two_months = queue.filter(pl.col("day") >= plan.MOVE_FIRST_DAY + timedelta(days=56))
    three_months = queue.filter(ANSWERED & (pl.col("day") >= plan.MOVE_FIRST_DAY + timedelta(days=91)))
    assert _nps(two_months) - _nps(before) > 20
    refunded = [
        part.select((pl.col("refund_cents") > 0).mean()).item() for part in (before.filter(ANSWERED), three_months)
    ]
    assert 0.02 < refunded[0] - refunded[1] < 0.065
    at_tana = queue.filter((pl.col("vendor") == "tana") & (pl.col("day") >= plan.MOVE_FIRST_DAY + timedelta(days=14)))
    assert at_tana.is_empty()


def test_one_vendor_looks_worse_and_is_better(offered):
    """Poitiers' customers are less satisfied than Lille's overall, and more on the same queue and reason."""
    replies = offered.filter(pl.col("replied") == 1).with_columns(top=pl.col("satisfied") >= 4)
    by = ["queue", "reason"]
    own = replies.filter(pl.col("vendor") == "poitiers")
    lille = replies.filter(pl.col("vendor") == "lille")
    expected = own.join(lille.group_by(by).agg(base=pl.col("top").mean()), on=by)
    assert own["top"].mean() < lille["top"].mean() - 0.02
    assert own["top"].mean() > expected["base"].mean() + 0.03


def test_one_vendor_asks_those_who_were_helped(offered):
    named = offered.filter(ANSWERED & (pl.col("customer") >= 0))
    for vendor in plan.VENDORS:
        own = named.filter(pl.col("vendor") == vendor)
        helped, not_helped = (own.filter(pl.col("resolved") == flag)["asked"].mean() for flag in (1, 0))
        assert (helped - not_helped > 0.3) == (vendor == plan.CHERRY_PICKER)


def test_the_weeks_that_went_wrong_stand_out(offered):
    own = offered.filter(pl.col("vendor") == "casablanca")
    level = reports.service_level(reports.DEFINITIONS["casablanca"])
    weekly = dict(own.group_by(pl.col("day").dt.truncate("1w")).agg(level).iter_rows())
    bad = {plan.OVERRUN_WEEK, plan.UNDERSTAFFED_WEEK}
    assert max(weekly[monday] for monday in bad) < min(level for monday, level in weekly.items() if monday not in bad)


def test_a_launch_makes_advice_calls_longer(offered):
    advice = offered.filter(ANSWERED & (pl.col("queue") == "technique_fr"))
    busy = pl.col("talk_ms") + pl.col("hold_ms") + pl.col("acw_ms")
    for vendor in ("lille", "poitiers"):
        own = advice.filter(pl.col("vendor") == vendor)
        during = pl.col("day").is_between(plan.LAUNCH_DAY, plan.LAUNCH_LAST_DAY)
        usual = pl.col("day").is_between(plan.LAUNCH_DAY - timedelta(days=84), plan.LAUNCH_DAY - timedelta(days=1))
        assert own.filter(during).select(busy.mean()).item() > 1.18 * own.filter(usual).select(busy.mean()).item()


def test_the_season_peaks_before_christmas(offered):
    weekly = offered.group_by(pl.col("day").dt.truncate("1w")).len().sort("len")
    assert weekly["day"][-1] in {date(2025, 12, 1), date(2025, 12, 8)}
    assert weekly["len"][-1] > 1.4 * weekly["len"].median()


def test_customers_who_were_not_helped_call_again(offered):
    again = offered.filter(pl.col("attempt") > 0)
    assert 0.08 < again.height / offered.height < 0.2
    first = offered.select(first_leg="leg", vendor_then="vendor", then="queued_ms")
    linked = again.join(first, on="first_leg")
    assert linked.height == again.height
    assert ((linked["queued_ms"] - linked["then"]) > 0).all()
    assert (linked["vendor"] != linked["vendor_then"]).mean() > 0.1


def test_the_forecast_is_about_right(world, offered):
    forecast = world.staffing.group_by("vendor").agg(pl.col("forecast").sum())
    actual = offered.group_by("vendor").len()
    for _, expected, count in forecast.join(actual, on="vendor").iter_rows():
        assert count == pytest.approx(expected, rel=0.06)


def test_identities_hold(world):
    contacts, staffing = world.contacts, world.staffing
    answered = contacts.filter(ANSWERED)
    assert (answered["talk_ms"] > 0).all()
    assert (
        contacts.filter(~ANSWERED).select(pl.sum_horizontal("talk_ms", "hold_ms", "acw_ms", "asked").sum()).item() == 0
    )
    assert (contacts["wait_ms"] >= 0).all()
    parts = pl.sum_horizontal("talk_s", "hold_s", "acw_s", "aux_s", "available_s")
    assert staffing.select((pl.col("logged_s") - parts).abs().max()).item() < 1e-6
    assert staffing.select(pl.col("available_s").min()).item() >= 0
