"""The pages of the review documents: the preview shows the document, choices are kept, files are handed over."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.texts import TEXTS

Page = Callable[..., AppTest]


def _words(app: AppTest) -> str:
    return "\n".join(element.value for kind in ("markdown", "caption") for element in app.get(kind))


def test_the_preview_shows_every_block(page: Page) -> None:
    app = page("quarterly_pack")
    words = _words(app)
    assert not app.exception
    for text in ("Vendor poitiers answered", "□ No surveys", "Vendor poitiers stays level", "Figures"):
        assert text in words
    assert len(app.get("vega_lite_chart")) == 2
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))
    assert len(app.get("table")) == 1


def test_what_vendors_wrote_is_text(page: Page) -> None:
    words = _words(page("quarterly_pack"))
    assert "<b>" not in words
    assert "Vendor \\*bold\\*" in _words(page("brief"))


def test_links_lead_to_pages_with_their_filters(page: Page) -> None:
    links = [one for one in page("brief").get("page_link") if one.proto.label == TEXTS["document.explain"]["en"]]
    assert len(links) == 1
    assert "fv=porto" in links[0].proto.query_string


def test_every_format_can_be_taken_along(page: Page) -> None:
    buttons = [one.proto.label for one in page("quarterly_pack").get("download_button")]
    assert buttons == [f"Download as {name}" for name in ("PPTX", "PDF", "XLSX")]
    assert page("brief").get("download_button")[0].proto.label == "Download as HTML"


def test_the_three_heaviest_are_told_until_somebody_chooses(page: Page) -> None:
    app = page("quarterly_pack")
    places = {box.key.split("_", 3)[-1]: box.value for box in app.selectbox if box.key.startswith("place_")}
    assert [places[f"0_win_win:{number}"] for number in range(1, 5)] == ["1", "2", "3", "–"]


def test_a_choice_is_kept_with_its_author_and_order(page: Page) -> None:
    app = page("quarterly_pack")
    _box(app, "win:1").set_value("2")
    _box(app, "win:4").set_value("1")
    _box(app, "win:2").set_value("–")
    _box(app, "win:3").set_value("–")
    next(one for one in app.text_input if one.key.startswith("own_") and one.key.endswith("_risk")).set_value(
        "Two leave."
    )
    _button(app, "quarterly_pack.keep").click().run()
    assert [one.value for one in app.warning] == [TEXTS["quarterly_pack.no_author"]["en"]]
    next(one for one in app.text_input if one.key.startswith("pack_author")).set_value("Ana")
    _button(app, "quarterly_pack.keep").click().run()
    assert not app.exception
    kept = app.fake.documents.kept["poitiers", "2026-Q3"][-1]
    assert kept.author == "Ana"
    assert kept.items["win"] == ("win:4", "win:1")
    assert kept.items["risk"] == ("risk:1", "risk:2", "risk:3", "own:risk:1")
    assert kept.own == {"own:risk:1": "Two leave."}
    assert "Two leave" in _words(app)
    _button(app, "quarterly_pack.by_rule").click().run()
    assert app.fake.documents.kept["poitiers", "2026-Q3"][-1] is None


def test_somebody_else_chose_meanwhile(page: Page) -> None:
    app = page("quarterly_pack")
    app.fake.documents.choose("poitiers", "2026-Q3", "Bo", {"win": [], "risk": [], "decision": []}, {}, 0)
    next(one for one in app.text_input if one.key.startswith("pack_author")).set_value("Ana")
    _button(app, "quarterly_pack.keep").click().run()
    assert [one.value for one in app.warning] == [TEXTS["quarterly_pack.meanwhile"]["en"]]
    assert len(app.fake.documents.kept["poitiers", "2026-Q3"]) == 1


def test_the_address_says_what_is_shown(page: Page) -> None:
    app = page("quarterly_pack", query={"pv": "tana", "pq": "2026-Q2", "pe": "internal"})
    assert "Vendor tana" in _words(app)
    values = {box.key: box.value for box in app.selectbox}
    assert (values["pq_choice"], values["pe_choice"]) == ("2026-Q2", "internal")


def _box(app: AppTest, item: str):
    return next(box for box in app.selectbox if box.key.startswith("place_") and box.key.endswith(f"_{item}"))


def _button(app: AppTest, text: str):
    return next(one for one in app.button if one.label == TEXTS[text]["en"])
