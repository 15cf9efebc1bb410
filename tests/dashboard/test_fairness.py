"""Sentences of comparisons and moves: by snapshot, in both languages, without jargon; the pages that carry them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import fake_data
import fake_fairness
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts.palette import PALETTES
from dashboard.components import client_side
from dashboard.formats import Formats
from dashboard.models import Decision, Published, VendorName
from dashboard.texts import TEXTS, Texts
from dashboard.view import View
from dashboard.written import Written
from pipelines.answers.both_sides import SHARES
from pipelines.measures.catalogue import MEASURES
from pipelines.wording import sentences

Page = Callable[..., AppTest]
WEEK = date(2026, 11, 9)
JARGON = re.compile(
    r"\bp-value|\bp =|\btau|τ|φ|\bz-|Kitagawa|Benjamini|standardi[sz]|strat(um|a)\b|significan", re.IGNORECASE
)
TWO = (VendorName("lille", "Lille", True), VendorName("poitiers", "Poitiers *Contact*", False))


def _written(metric: str, language: str = "en") -> Written:
    view = View(Texts(language), Formats(language), PALETTES["light"])  # type: ignore[arg-type]
    return Written(view, MEASURES[metric])


def _row(crude: float, gap: float, verdict: str, **more: Any) -> dict[str, Any]:
    return {
        "value": 0.7, "baseline_value": 0.746, "crude": crude, "gap": gap, "contacts": crude - gap,
        "gap_low": gap - 0.02,
        "gap_high": gap + 0.02, "margin": 0.02, "detectable": 0.031, "support": 0.46, "n": 4120, "baseline_n": 900,
        "verdict": verdict,
    } | more  # fmt: skip


SNAPSHOTS = [
    ("csat", _row(-0.046, 0.054, "better"),
     "Of the 4.6 pts that **B** is behind in-house, harder contacts explain 10.0 pts. On like-for-like contacts it is "
     "5.4 pts **better** (95 % interval +3.4 … +7.4 pts).",
     "Sur les 4,6 pts de retard de **B** sur l'interne, des contacts plus difficiles en expliquent 10,0 pts. "
     "À contacts "
     "comparables, il est **meilleur** de 5,4 pts (intervalle à 95 % +3,4 … +7,4 pts)."),
    ("abandon_rate", _row(-0.01, 0.03, "worse"),
     "Of the 1.0 pts that **B** is ahead of in-house, easier contacts explain 4.0 pts. On like-for-like contacts it is "
     "3.0 pts **worse** (95 % interval +1.0 … +5.0 pts).",
     "Sur les 1,0 pts d'avance de **B** sur l'interne, des contacts plus faciles en expliquent 4,0 pts. À contacts "
     "comparables, il est **moins bon** de 3,0 pts (intervalle à 95 % +1,0 … +5,0 pts)."),
    ("csat", _row(0.0, 0.0, "equal"),
     "As it stands **B** is level with in-house, and its contacts are about as hard. On like-for-like contacts the two "
     "are **alike**: the difference is smaller than 2.0 pts either way.",
     "En l'état, **B** est au niveau de l'interne, avec des contacts à peu près aussi difficiles. À contacts "
     "comparables, "
     "les deux sont **semblables** : l'écart est inférieur à 2,0 pts dans un sens comme dans l'autre."),
    ("csat", _row(-0.05, -0.01, "too_little_data"),
     "Of the 5.0 pts that **B** is behind in-house, harder contacts explain 4.0 pts. On like-for-like "
     "contacts there is "
     "**too little data to tell**: the difference may lie anywhere in −3.0 … +1.0 pts. With this many contacts, one of "
     "3.1 pts would show.",
     "Sur les 5,0 pts de retard de **B** sur l'interne, des contacts plus difficiles en expliquent 4,0 pts. À contacts "
     "comparables, **trop peu de données pour conclure** : l'écart peut se situer n'importe où dans −3,0 … "
     "+1,0 pts. Avec "
     "ce nombre de contacts, un écart de 3,1 pts se verrait."),
    ("csat", _row(-0.05, 0.01, "not_comparable"),
     "**B**: 70.0 % against 74.6 % in-house. **Not comparable**: only 46 % of its contacts have an in-house "
     "counterpart.",
     "**B** : 70,0 % contre 74,6 % en interne. **Non comparable** : seuls 46 % de ses contacts ont un équivalent en "
     "interne."),
    ("aht_s", _row(-29.0, 15.0, "higher", gap_low=7.0, gap_high=23.0),
     "Of the 29 s that **B** lies below in-house, its contacts explain 44 s. On like-for-like contacts it is 15 s "
     "**higher** (95 % interval +7 … +23 s); neither is good in itself.",
     "Sur les 29 s de moins de **B** par rapport à l'interne, ses contacts en expliquent 44 s. À contacts "
     "comparables, il "
     "est **plus haut** de 15 s (intervalle à 95 % +7 … +23 s) ; ni bien ni mal en soi."),
]  # fmt: skip


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(("metric", "row", "english", "french"), SNAPSHOTS)
def test_sentences_by_snapshot(metric: str, row: dict[str, Any], english: str, french: str) -> None:
    assert _plain(sentences.comparison_sentences(_written(metric), "B", row)) == english
    assert _plain(sentences.comparison_sentences(_written(metric, "fr"), "B", row)) == french


def test_parts_of_a_gap_add_up_as_written() -> None:
    """ "Of the 4.6 points, harder contacts explain 10.0; like for like 5.4 better": 10.0 - 5.4 = 4.6."""
    english = sentences.comparison_sentences(_written("csat"), "B", _row(-0.046, 0.054, "better"))
    crude, contacts, gap = (float(number) for number in re.findall(r"([\d.]+)\u00a0pts", english)[:3])
    assert contacts - gap == pytest.approx(crude)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("metric", ["csat", "abandon_rate", "aht_s", "nps"])
def test_every_sign_and_verdict_has_a_sentence(metric: str, language: str) -> None:
    unit = 0.01 if MEASURES[metric].unit == "share" else 10.0
    for crude, gap, verdict in product((-5, 0, 5), (-9, -5, 0, 5, 9), fake_fairness.VERDICTS):
        told = sentences.comparison_sentences(
            _written(metric, language), "<B> [x](y)", _row(crude * unit, gap * unit, verdict)
        )
        assert "{" not in told
        assert "[x](y)" not in told
    nothing = _row(0.1, 0.1, "too_little_data") | {"gap": None, "gap_low": None, "gap_high": None}
    assert "900" in sentences.comparison_sentences(_written(metric, language), "B", nothing)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_sentences_are_free_of_jargon(language: str) -> None:
    told = ("fair.contacts.", "fair.verdict.", "fair.short.", "usual.variation.", "usual.assurance.", "moves.effect.",
            "moves.verdict.", "moves.warning.", "both_sides.")  # fmt: skip
    for key, entry in TEXTS.items():
        if key.startswith(told):
            assert not JARGON.search(entry[language]), key


def test_a_move_in_words() -> None:
    study = fake_fairness.moves("full", "tana", "lille")[0].metrics[0].study
    assert study is not None
    told = sentences.move_sentence(_written("nps"), "Returns", "Lille", study)
    assert told.startswith(
        "After Returns moved to **Lille**, net promoter score (NPS) rose 46 against work that stayed"
    )
    assert "2 of 2 comparison queues" in told
    assert "**improvement**" in told


def _words(app: AppTest) -> str:
    kinds = ("markdown", "caption", "subheader", "title")
    return "\n".join(element.value for kind in kinds for element in app.get(kind))


def test_compare_tells_every_vendor_in_a_sentence_and_draws_every_measure(page: Page) -> None:
    app = page("compare")
    assert not app.exception
    words = _words(app)
    for name in ("Poitiers Contact", "Casa Relation Client", "Porto Atende", "Tana Services"):
        assert name in words
    assert "**better**" in words
    assert len(app.get("vega_lite_chart")) == 10  # nine measures and the funnel
    overview = app.table[0].value
    assert overview.shape == (9, 4)
    assert "▲ better" in overview.to_string()


def test_one_vendor_shows_kinds_of_contact_first_where_they_matter_more(page: Page) -> None:
    app = page("compare", query={"cv": "poitiers", "ckpi": "service_level"})
    headings = [element.value for element in app.subheader]
    assert headings.index(TEXTS["compare.strata"]["en"]) < headings.index("Service level, like for like")
    assert TEXTS["compare.strata_lead"]["en"] in _words(app)
    kinds = next(table.value for table in app.table if "Kind" in str(table.value.index.name))
    assert kinds.index[0] == "Retours · fr · hard · 09\\:00–12\\:00"
    other = page("compare", query={"cv": "poitiers", "ckpi": "abandon_rate"})
    assert TEXTS["compare.strata_lead"]["en"] not in _words(other)
    assert "usual range" in _words(other)


def test_jargon_is_one_click_below(page: Page) -> None:
    app = page("compare", query={"cv": "poitiers", "ckpi": "csat"})
    inside = "\n".join(
        element.value for box in app.expander for kind in ("markdown", "caption") for element in box.get(kind)
    )
    assert JARGON.search(inside)
    for line in _words(app).splitlines():
        assert line in inside or not JARGON.search(line), line


def test_compare_with_one_vendor_beside_in_house(page: Page) -> None:
    app = page("compare", vendors=TWO)
    assert not app.exception
    assert app.table[0].value.shape == (9, 1)
    assert "\\*Contact\\*" in app.table[0].value.columns[0]


def test_compare_says_when_there_is_nothing_to_compare(page: Page) -> None:
    assert TEXTS["compare.nothing"]["en"] in _words(page("compare", "empty"))
    assert TEXTS["compare.no_baseline"]["en"] in _words(page("compare", "single"))


def test_a_move_shows_picture_warnings_and_every_measure(page: Page) -> None:
    app = page("moves")
    words = _words(app)
    assert len(app.get("vega_lite_chart")) == 1
    assert TEXTS["moves.warning.few_donors"]["en"] in words
    assert "Brought \\*back\\*" in words
    every = next(table.value for table in app.table if "Before" in table.value.columns)
    assert every.shape[0] == 3
    assert TEXTS["moves.missing.no_donors"]["en"] in _words(page("moves", query={"mkpi": "csat"}))


def test_moves_says_when_none_is_declared_or_it_has_not_happened(page: Page) -> None:
    assert TEXTS["moves.none"]["en"] in _words(page("moves", "empty"))
    assert TEXTS["moves.too_short"]["en"] in _words(page("moves", "single"))
    assert TEXTS["moves.none_chosen"]["en"] in _words(page("moves", query={"v": "Porto Atende"}))


def test_both_sides_says_what_is_known_and_what_is_missing(page: Page) -> None:
    words = _words(page("both_sides"))
    assert "Nobody else serves Retours" in words
    assert "those weeks are ours" in words
    assert "12 hours of training" in words
    assert "the oldest open one has waited 9 days" in words
    assert "half of them within 2.5 days" in words
    assert "part of the knowledge that our own people can see (Ana, 2\u00a0Mar\u00a02026). no \\*wiki\\*" in words
    nothing = _words(page("both_sides", "empty"))
    for key in ("forecast_none", "no_stops", "no_changes", "no_questions", "no_training", "no_parity"):
        assert TEXTS[f"both_sides.{key}"]["en"] in nothing


@pytest.mark.parametrize("name", ["compare", "moves", "both_sides"])
def test_vendors_text_is_only_ever_in_the_data_of_a_chart(page: Page, name: str) -> None:
    app = page(name, query={"cv": "porto", "lang": "FR"})
    for chart in app.get("vega_lite_chart"):
        spec = json.loads(chart.proto.spec)
        assert "Atende" not in json.dumps([layer.get("mark") for layer in spec["layer"]])


def test_a_person_begins_new_limits_and_takes_them_back(page: Page) -> None:
    app = page("compare", query={"cv": "poitiers", "ckpi": "csat"})
    begin = next(button for button in app.button if button.label == TEXTS["usual.begin"]["en"])
    begin.click().run()
    assert [warning.value for warning in app.warning] == [TEXTS["usual.needs_both"]["en"]]
    assert app.fake.decided == []
    app.text_input(key="limits_author").set_value("Ana *B*")
    app.text_input(key="limits_reason").set_value("new script")
    app.selectbox(key="limits_week").set_value(date(2026, 9, 7))
    next(button for button in app.button if button.label == TEXTS["usual.begin"]["en"]).click().run()
    assert not app.exception
    assert app.fake.decided == [("poitiers", "csat", date(2026, 9, 7), "Ana *B*", "new script", False)]
    assert TEXTS["usual.begun"]["en"] in [said.value for said in app.success]


def test_a_decision_is_told_on_the_chart_and_undone(page: Page) -> None:
    decision = Decision(date(2026, 9, 7), "Ana *B*", "new script", datetime(2026, 9, 8, 9, tzinfo=UTC), True)
    app = page("figure", query={"fv": "poitiers", "kpi": "csat"}, decisions=(decision,))
    words = _words(app)
    assert "Ana \\*B\\*" in words
    assert TEXTS["usual.trial"]["en"].split("{")[0] in words
    specs = [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]
    assert any("rule" in json.dumps([layer.get("mark") for layer in spec.get("layer", [])]) for spec in specs)
    next(button for button in app.button if button.label == TEXTS["usual.undo"]["en"]).click().run()
    assert app.fake.decided == [("poitiers", "csat", date(2026, 9, 7), "Ana *B*", "", True)]


def test_a_target_beyond_the_average_is_mostly_missed() -> None:
    told = {mean: sentences.assurance_sentence(_written("csat"), "hit_and_miss", mean, 0.75) for mean in (0.7, 0.8)}
    assert "in most weeks" in told[0.7]
    assert "in some weeks by chance alone" in told[0.8]
    assert "in most weeks" in sentences.assurance_sentence(_written("asa_s"), "hit_and_miss", 40.0, 30.0)
    assert "keep missing" in sentences.assurance_sentence(_written("csat"), "consistent_fail", 0.7, 0.75)


def _press(app: AppTest, form: str) -> AppTest:
    return next(button for button in app.button if button.proto.form_id == f"duty_{form}").click().run()


def test_a_question_and_its_answer_are_entered_on_the_page(page: Page) -> None:
    app = _press(page("both_sides"), "question")
    assert [warning.value for warning in app.warning] == [TEXTS["duty.no_author"]["en"]]
    app.text_input(key="duty_question_author").set_value("Ana")
    app = _press(app, "question")
    assert [warning.value for warning in app.warning] == ["an entry needs a text"]
    app.selectbox(key="duty_question_vendor").set_value("porto")
    app.text_input(key="duty_question_text").set_value("Who approves returns above 500?")
    app.date_input(key="duty_question_day").set_value(date(2026, 11, 2))
    app = _press(app, "question")
    assert not app.exception
    kind, author, vendor, text, facts = app.fake.entered[0]
    assert (kind, author, vendor, text) == ("question", "Ana", "porto", "Who approves returns above 500?")
    assert facts["day"] == date(2026, 11, 2)
    assert TEXTS["duty.entered"]["en"] in [said.value for said in app.success]
    app.text_input(key="duty_answer_text").set_value("The shop does.")
    app.text_input(key="duty_answer_author").set_value("Ben")
    app = _press(app, "answer")
    assert app.fake.entered[1][:2] == ("answer", "Ben")
    assert app.fake.entered[1][4]["about_id"] == "tana/1"


def test_a_change_of_scope_and_parity_are_entered_on_the_page(page: Page) -> None:
    app = page("both_sides")
    for form, text in (("scope_change", "Chat as well"), ("parity", "no wiki")):
        app.text_input(key=f"duty_{form}_author").set_value("Ana")
        app.text_input(key=f"duty_{form}_text").set_value(text)
        app = _press(app, form)
        assert not app.exception
    (scope, parity) = app.fake.entered
    assert scope[0] == "scope_change"
    assert scope[4]["told_on"] is None
    assert parity[4]["area"] == "training"
    assert parity[4]["extent"] == "same"


@pytest.mark.parametrize(
    ("kind", "entry"), [("question", "tana/1"), ("scope_change", "tana/2"), ("parity", "tana/training")]
)
def test_a_mistaken_entry_is_taken_back_once_confirmed(page: Page, kind: str, entry: str) -> None:
    app = page("both_sides")
    app = _press(app, f"back_{kind}")
    assert TEXTS["duty.no_author"]["en"] in [said.value for said in app.warning]
    app.text_input(key=f"duty_back_{kind}_author").set_value("Ana")
    app.selectbox(key=f"duty_back_{kind}_id").set_value(entry)
    app = _press(app, f"back_{kind}")
    assert TEXTS["duty.unconfirmed"]["en"] in [said.value for said in app.warning]
    assert app.fake.taken_back == []
    app.checkbox(key=f"duty_back_{kind}_sure").check()
    app = _press(app, f"back_{kind}")
    assert not app.exception
    assert TEXTS["duty.taken_back"]["en"] in [said.value for said in app.success]
    assert app.fake.taken_back == [(kind, "Ana", entry)]


@pytest.mark.parametrize(("language", "names"), [("en", ["Morocco", "ZW"]), ("fr", ["Maroc", "ZW"])])
def test_countries_are_named_in_the_language_of_the_reader(language: str, names: list[str]) -> None:
    """A country that the catalogue doesn't name keeps its code."""
    view = View(Texts(language), Formats(language), PALETTES["light"])  # type: ignore[arg-type]
    published = fake_data.FakeData().published()
    assert isinstance(published, Published)
    rows = pl.DataFrame(
        {
            "kind": ["country"] * 2,
            "name": ["MA", "ZW"],
            "vendor": [None] * 2,
            "contacts": [3, 1],
            "share": [0.75, 0.25],
        },
        schema=SHARES,
    )
    assert client_side.share_data(view, published, {}, rows)["label"].to_list() == names
