"""Each mistake a person can make in a workspace: which file and line it is reported on, and with which hint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.workspace import Problem, WorkspaceError, init_workspace, load_workspace

SETTINGS, PEOPLE = "workspace.yaml", "vendors.yaml"
TERMS, FEED = "terms/vendor_a.yaml", "feeds/vendor_a_contacts.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new workspace, which has no mistakes."""
    return init_workspace(tmp_path / "company").root


def problems_of(folder: Path) -> list[Problem]:
    try:
        load_workspace(folder)
    except WorkspaceError as error:
        return error.problems
    return []


def change(folder: Path, file: str, old: str, new: str) -> int:
    """Replace one text of a file; the 1-based line on which the new text begins."""
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


# file, text, its replacement, lines further down, what is expected, what the hint says
MISTAKES = [
    # workspace.yaml
    (SETTINGS, "currency: EUR", "currency: EURO", 0, "ISO 4217", "'EUR'"),
    (SETTINGS, "currency: EUR", "curency: EUR", 0, "one of name, currency", "did you mean 'currency'?"),
    (SETTINGS, "time_zone: Europe/Paris ", "time_zone: Europe/Pari ", 0, "IANA", "'Europe/Paris'"),
    (SETTINGS, "time_zone: Europe/Paris ", "time_zone: CET ", 0, "IANA", "name a place, such as Europe/Paris"),
    (SETTINGS, "time_zone: Europe/Paris ", "time_zone: lisbon ", 0, "IANA", "'Europe/Lisbon'"),
    (SETTINGS, "week_start: monday", "week_start: Monday", 0, "monday", "'monday'"),
    (SETTINGS, "year_start: 1 ", "year_start: 13 ", 0, "at most 12", ""),
    (SETTINGS, "window_hours: 168", "window_hours: 168h", 0, "a whole number", "number alone"),
    (SETTINGS, "same_reason: false", "same_reason: maybe", 0, "true or false", ""),
    (SETTINGS, "baseline_vendor: in_house", "baseline_vendor: inhouse", 0, "a vendor", "'in_house'"),
    (SETTINGS, "baseline_vendor: in_house", "baseline_vendor: vendor_a", 0, "kind in_house", "another"),
    (SETTINGS, "phone_region: FR", "phone_region: fr", 0, "capital letters", "'FR'"),
    (SETTINGS, "[queue_code, language,", "[queue_cod, language,", 0, "the client's side knows", "'queue_code'"),
    (SETTINGS, "reason_code]", "disposition_code]", 0, "the client's side knows", ""),
    (SETTINGS, "languages: [en, fr]", "languages: en", 0, "a list", ""),
    (SETTINGS, "fiscal:\n", "fiscal: [1]\nx:\n", 0, "a map", ""),
    (SETTINGS, "name: Example company\n", "", 0, "required", ""),
    (SETTINGS, "currency: EUR", "currency: EUR\noutages: [{from: 2026-01-01, to: x, reason: x}]", 1, "its offset", ""),
    (
        SETTINGS, "currency: EUR",
        "currency: EUR\noutages:\n  - {from: '2026-01-02T10:00:00Z', to: '2026-01-02T12:00:00Z', reason: x, queue: x}",
        2, "a queue", "",
    ),
    # vendors.yaml
    (PEOPLE, "started_on: 2025-01-01", "started_on: 31/01/2025", 0, "YYYY-MM-DD", "2025-01-31"),
    (PEOPLE, "started_on: 2025-01-01", "started_on: 2025-02-30", 0, "a date that exists", "day"),
    (PEOPLE, "started_on: 2025-01-01", "started_on: 20250101", 0, "YYYY-MM-DD", "year first"),
    (PEOPLE, "kind: outsourced", "kind: outsource", 0, "outsourced", "'outsourced'"),
    (PEOPLE, "    vendor: vendor_a\n", "    vendor: vendor_b\n", 0, "a vendor", "'vendor_a'"),
    (PEOPLE, "tz: Africa/Casablanca", "tz: Africa/Casablanka", 0, "IANA", "'Africa/Casablanca'"),
    (PEOPLE, "tz: Africa/Casablanca", "tz: Europe/Lisbon", 0, "a zone of Morocco (Africa/Casablanca)",
     "Europe/Lisbon is the clock of Portugal; write tz_confirmed: true"),
    (PEOPLE, "    country: MA\n    tz: Africa/Casablanca", "    tz: Indian/Antananarivo", 0, "a zone of Morocco",
     "say the site's country"),
    (PEOPLE, "    country: FR\n    tz: Europe/Paris", "    country: US\n    tz: Europe/Paris", 1, "29 in all",
     "France"),
    (PEOPLE, "VQ_ORDERS_FR, queue: orders_fr", "VQ_ORDERS_FR, queue: order_fr", 0, "a queue", "'orders_fr'"),
    (PEOPLE, "value: VQ_RETURNS_FR,", "value: VQ_ORDERS_FR,", 0, "one alias", "overlap"),
    (PEOPLE, "site: site_a}", "site: home}", 0, "a site of vendor_a", ""),
    (PEOPLE, "  orders_fr:\n", "  returns_fr:\n", 7, "each key once", "line 34"),
    # terms
    (TERMS, "vendor: vendor_a\n", "vendor: vendor_aa\n", 0, "a vendor", "'vendor_a'"),
    (TERMS, "target: 0.8 ", "target: 80 ", 0, "a share from 0 to 1", "write 0.8 for 80 %"),
    (TERMS, "target: 0.8 ", "target: 80 % ", 0, "a number", "number alone"),
    (TERMS, "target: 0.8 ", "target: 0,8 ", 0, "a number", "0.8"),
    (TERMS, "floor: 0.7", "floor: 0.9", 0, "at most the target", ""),
    (TERMS, "        queue: \"*\"\n", "        queue: orders\n", 0, "a queue", "'orders_fr'"),
    (TERMS, "      returns_fr:\n", "      return_fr:\n", 0, "a queue", "'returns_fr'"),
    (TERMS, 'days: mon-sat, open: "09:00", close: "18:00"', 'days: mon-sat, open: "18:00", close: "09:00"', 0,
     "after the opening time", "24:00"),
    (TERMS, 'open: "08:00"', "open: 8h", 0, "HH:MM", "08:00"),
    (TERMS, "days: mon-fri", "days: lun-ven", 0, "days of the week", ""),
    (TERMS, "days: mon-fri", "days: monday", 0, "days of the week", "'mon'"),
    (TERMS, "metric: service_level\n", "metric: servicelevel\n", 0, "a metric", "'service_level'"),
    (TERMS, "variant: short_excluded", "variant: short_exclude", 0, "answered_only", "'short_excluded'"),
    (TERMS, "metric: abandon_rate, target: 0.05", "metric: abandon_rate, target: 0.05, variant: answered_only", 0,
     "a variant of abandon_rate", ""),
    (TERMS, "metric: aht_s, target: 420,", "metric: aht_s, target: 420, variant: all,", 0, "aht_s has no variants", ""),
    (TERMS, "metric: aht_s, target: 420,", "metric: aht_s, target: 420, window_h: 72,", 0, "no window_h", ""),
    (TERMS, "        short_abandon_s: 5\n", "", -18, "short_abandon_s", ""),
    (TERMS, "        threshold_s: 20 ", "        threshold: 20 ", 0, "one of id, metric", "'threshold_s'"),
    (TERMS, "unit: minute, amount: 0.42", "unit: minutes, amount: 0.42", 0, "minute", "'minute'"),
    (TERMS, "amount: 0.42}", "amount: 0.42, currency: EURO}", 0, "ISO 4217", "'EUR'"),
    (TERMS, "due: D+1 09:00, ", "due: next day 9h, ", 0, "D+1 09:00", ""),
    (TERMS, "      contacts: {every", "      contact: {every", 0, "a kind of feed", "'contacts'"),
    (TERMS, "country: FR ", "country: FRANCE ", 0, "a country", ""),
    (TERMS, "report_tz: Africa/Casablanca", "report_tz: Indian/Antananarivo", 0,
     "a zone of Morocco (Africa/Casablanca), or the client's, Europe/Paris", "clock of Madagascar"),
    (TERMS, "due: D+1 09:00, ", "due: D+1 09:00, tz: America/New_York, ", 0, "a zone of Morocco", "tz_confirmed: true"),
    (TERMS, "country: FR ", "country: MG ", 0, "public holidays of Morocco (MA) or France (FR)", "Madagascar is not"),
    (TERMS, "interval_min: 30", "interval_min: 20", 0, "one of 15, 30, 60", ""),
    (TERMS, '# business_day_start: "06:00" #', 'business_day_start: "06:10" #', 0, "interval of 30 minutes", "06:00"),
    (TERMS, '# business_day_start: "06:00" #', 'business_day_start: "24:00" #', 0, 'before "24:00"', '"00:00"'),
    (TERMS, '# business_day_start: "06:00" #', "business_day_start: 6h #", 0, "HH:MM", "06:00"),
    (TERMS, "include: [] ", "include: [overflows] ", 0, "overflow", "'overflow'"),
    # feeds
    (FEED, "table: contacts ", "table: contact ", 0, "a canonical table", "'contacts'"),
    (FEED, "vendor: vendor_a ", "vendor: vendor_x ", 0, "a vendor", "'vendor_a'"),
    (FEED, "  wait_s: ", "  waits_s: ", 0, "a column of contacts", "'wait_s'"),
    (FEED, "  leg_id: {from: Call ID}\n", "", -1, "column leg_id", "map it"),
    (FEED, "  wait_s: ", "  quantity: {from: Wait}\n  wait_s: ", 0, "a column of contacts",
     "a column of orders and invoices"),
    (FEED, "{from: Wait, unit: s}", "{from: Wait}", 0, "unit: s, ms", "does not say its unit"),
    (FEED, "{from: Wait, unit: s}", "{from: Wait, unit: seconds}", 0, "ms", "did you mean 's'?"),
    (FEED, "{from: Wait, unit: s}", "{from: Wait, unit: Minutes}", 0, "ms", "did you mean 'min'?"),
    (FEED, "{from: Wait, unit: s}", "{from: Wait, unit: cents}", 0, "a unit of time", "not an amount of money"),
    (FEED, "    tz: Africa/Casablanca ", "    tz: Lisbon ", 0, "IANA", "'Europe/Lisbon'"),
    (FEED, "    tz: Africa/Casablanca ", "    tz: Casablanca ", 0, "IANA", "'Africa/Casablanca'"),
    (FEED, "    tz: Africa/Casablanca  ", "    # no zone ", -4, "tz: an IANA time zone", "clock"),
    (FEED, "lookup: {system: vendor_a_acd, by", "lookup: {system: vendor_acd, by", 0, "a system", "'vendor_a_acd'"),
    (FEED, "    tz: Africa/Casablanca ", "    tz: GMT+1 ", 0, "IANA", "name a place"),
    (FEED, "    tz: Africa/Casablanca ", "    tz: Asia/Manila ", 0, "the client's, Europe/Paris",
     "clock of Philippines"),
    (FEED, '    format: "%d/%m/%Y %H:%M:%S"', '    format: "DD/MM/YYYY HH:mm:ss"', 0, "a format such as", "%m month"),
    (FEED, "hold_s: {from: Hold", "hold_s: {form: Hold", 0, "one of from, const", "'from'"),
    (FEED, "{const: site_a}", "site_a", 0, "a map", "{const: site_a} for a fixed value"),
    (FEED, "keep_if_in: [IN]", "keep_if_in: IN", 0, "a list", "write [IN]"),
    (FEED, "gives: queue_code}", "gives: site_code}", 0, "queue_code", ""),
    (FEED, "{from: Caller, hash: customer}", "{from: Caller}", 0, "hash: customer", "keyed hash"),
    (FEED, "Answered: answered,", "Answered: answer,", 0, "a value of outcome", "'answered'"),
    (FEED, "{const: site_a}", "{const: site_b}", 0, "a code", "'site_a'"),
    (FEED, "{const: site_a}", "{const: site_a, from: Site}", 0, "exactly one of", ""),
    (FEED, "{const: site_a}", "{unit: s}", 0, "exactly one of", ""),
    (FEED, "encoding: utf-8 ", "encoding: utf8mb4 ", 0, "an encoding", "'utf-8'"),
    (FEED, 'files: "contacts_*.csv"', 'files: "/srv/contacts_*.csv"', 0, "relative", "inbox"),
    (FEED, 'files: "contacts_*.csv"', 'files: "../*.csv"', 0, "relative", "inbox"),
    (FEED, 'delimiter: ";"', 'delimiter: "tab"', 0, "one character", "\\t"),
    (FEED, 'delimiter: ";"', "sheet: S1", 0, "no sheet", "csv"),
    (FEED, "keep_if_in: [IN], why", "why", 0, "one of drop_if_matches", ""),
    (FEED, 'drop_if_matches: "^Total"', 'drop_if_matches: "^(Total"', 0, "regular expression", "missing )"),
    (FEED, 'drop_if_matches: "^Total"', 'drop_if_matches: "^(?!IN)"', 0, "regular expression", "look-around"),
    (FEED, "version: 1", "version: one", 0, "a whole number", ""),
    (FEED, "mapping:\n  id", "maping:\n  id", 0, "mapping", "'mapping'"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "down", "expected", "hint"), MISTAKES)
def test_mistake(folder: Path, file: str, old: str, new: str, down: int, expected: str, hint: str) -> None:
    line = change(folder, file, old, new)
    problems = problems_of(folder)
    told = "\n".join(map(str, problems))
    fitting = [p for p in problems if expected in p.expected and hint in p.hint]
    assert fitting, told
    assert fitting[0].file == file, told
    assert fitting[0].line == max(line + down, 1), told
    others = [p for p in problems if p.file != file]
    assert len(problems) <= 2 or others, told


def test_all_mistakes_of_all_files_are_reported_together(folder: Path) -> None:
    change(folder, SETTINGS, "currency: EUR", "currency: EURO")
    change(folder, SETTINGS, "week_start: monday", "week_start: tuesday")
    change(folder, PEOPLE, "kind: outsourced", "kind: external")
    change(folder, TERMS, "floor: 0.7", "floor: 0.9")
    change(folder, TERMS, "variant: short_excluded", "variant: none")
    change(folder, FEED, "{from: Caller, hash: customer}", "{from: Caller}")
    change(folder, FEED, "table: contacts ", "tabel: contacts ")
    found = {(p.file, p.key) for p in problems_of(folder)}
    assert found >= {
        (SETTINGS, "currency"),
        (SETTINGS, "week_start"),
        (PEOPLE, "vendors.vendor_a.kind"),
        (TERMS, "terms[0].clauses[0].floor"),
        (TERMS, "terms[0].clauses[0].variant"),
        (FEED, "mapping.tabel"),
    }


def test_a_required_choice_and_an_interval_without_an_end_say_what_may_be_written(folder: Path) -> None:
    text = (folder / FEED).read_text()
    without = re.sub(r"  outcome:\n.*\n.*\n", "", text)
    assert without != text
    (folder / FEED).write_text(without)
    (folder / "feeds" / "report.yaml").write_text(
        "mapping: {id: report, version: 1, table: sla_reports, vendor: vendor_a, system: x}\n"
        'source: {format: csv, files: "report*.csv"}\n'
        'columns:\n  queue_scope: {const: "*"}\n  period_start_at: {from: Start, tz: UTC}\n'
        "  granularity: {const: interval}\n  offered: {from: Offered}\n"
    )
    hints = {problem.key: problem.hint for problem in problems_of(folder)}
    assert "one of answered, abandoned_queue" in hints["columns.outcome"]
    assert "does not say how long it is" in hints["columns.period_end_at"]


def test_a_key_that_is_there_twice_hides_no_other_mistake(folder: Path) -> None:
    more = "  leg_id: {from: X}\n  wait_s: {from: Wait, unit: sec}"
    twice = change(folder, FEED, "  wait_s: {from: Wait, unit: s}", more)
    change(folder, FEED, "{const: site_a}", "{const: site_b}")
    found = problems_of(folder)
    assert {p.key for p in found} == {"leg_id", "columns.wait_s.unit", "columns.site_code.const"}
    assert [p.line for p in found if p.key == "leg_id"] == [twice]


REFUNDS = """\
mapping: {id: refunds, version: 1, table: refunds, vendor: vendor_a, system: stripe}
source: {format: csv, files: "refunds*.csv"}
columns:
  refund_id: {from: id}
  order_ref: {from: order}
  refunded_at: {from: at, tz: UTC, format: "%Y-%m-%d"}
  kind: {const: refund}
  amount: {from: amount}
  currency: {from: currency}
"""


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("{from: amount}", "unit: major (19.99), minor"),
        ("{from: amount, unit: s}", "major (19.99), minor"),
        ("{from: amount, unit: cent}", "one of"),
        ("{const: 5, unit: minor}", "a constant is written in whole units"),
        ("{from: amount, unit: minor}", None),
        ("{from: amount, unit: major}", None),
    ],
)
def test_amounts_of_a_payment_system_say_their_unit(folder: Path, amount: str, expected: str | None) -> None:
    (folder / "feeds/refunds.yaml").write_text(REFUNDS.replace("{from: amount}", amount), encoding="utf-8")
    problems = problems_of(folder)
    assert [p.key for p in problems] == (["columns.amount.unit"] if expected else [])
    assert all(str(expected) in p.expected for p in problems)


def test_one_mistake_makes_no_others(folder: Path) -> None:
    """A vendor or queue with a mistake of its own still exists for the files that name it."""
    change(folder, PEOPLE, "kind: outsourced", "kind: external")
    change(folder, PEOPLE, "name: Orders, in French\n    channel: voice", "name: Orders\n    channel: telephone")
    assert sorted((p.file, p.key) for p in problems_of(folder)) == [
        (PEOPLE, "queues.orders_fr.channel"),
        (PEOPLE, "vendors.vendor_a.kind"),
    ]


def test_one_mistake_hides_no_other(folder: Path) -> None:
    """A site with a wrong zone may be of no vendor as well, and a column with a wrong zone have a wrong format."""
    change(folder, PEOPLE, "vendor: vendor_a\n    name: Casablanca", "vendor: vendor_x\n    name: Casablanca")
    change(folder, PEOPLE, "tz: Africa/Casablanca", "tz: Africa/Casa")
    change(folder, FEED, "    tz: Africa/Casablanca ", "    tz: Casa ")
    change(folder, FEED, '    format: "%d/%m/%Y %H:%M:%S"', '    format: "dd/mm/yyyy"')
    keys = {"sites.site_a.vendor", "sites.site_a.tz", "columns.queued_at.tz", "columns.queued_at.format"}
    assert {p.key for p in problems_of(folder)} >= keys


def test_positions_hold_after_a_mistaken_item_was_left_out(folder: Path) -> None:
    """The second alias is wrong twice over; the first one's mistake must not shift it."""
    change(folder, PEOPLE, "value: VQ_ORDERS_FR, queue: orders_fr", "value: VQ_ORDERS_FR, que: orders_fr, queue: [1]")
    line = change(folder, PEOPLE, "value: VQ_RETURNS_FR, queue: returns_fr", "value: VQ_RETURNS_FR, queue: nowhere")
    problems = problems_of(folder)
    assert [p.line for p in problems if p.value == "'nowhere'"] == [line]
    assert {p.line for p in problems} == {line, line - 1}


def test_terms_that_overlap(folder: Path) -> None:
    path = folder / TERMS
    text = path.read_text(encoding="utf-8")
    added = "\n  - {id: later, valid_from: 2026-01-01, report_tz: Europe/Paris}\n"
    path.write_text(text + added, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.key == "terms[1].valid_from"
    assert problem.line == text.count("\n") + 2
    assert "'vendor_a_2025' have no valid_to" in problem.hint


def test_terms_that_follow_each_other_are_fine(folder: Path) -> None:
    path = folder / TERMS
    change(folder, TERMS, "# valid_to: 2026-12-31", "valid_to: 2025-12-31")
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n  - {id: later, valid_from: 2026-01-01, report_tz: Europe/Paris}\n", encoding="utf-8")
    assert [terms.id for terms in load_workspace(folder).terms["vendor_a"]] == ["vendor_a_2025", "later"]


def test_two_files_of_terms_for_one_vendor(folder: Path) -> None:
    (folder / "terms/zz.yaml").write_text("vendor: vendor_a\nterms: []\n", encoding="utf-8")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line) == ("terms/zz.yaml", 1)
    assert TERMS in problem.hint


def test_two_mappings_with_one_id(folder: Path) -> None:
    text = (folder / FEED).read_text(encoding="utf-8")
    (folder / "feeds/zz.yaml").write_text(text, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.file == "feeds/zz.yaml"
    assert problem.key == "mapping.id"
    assert FEED in problem.hint


REPORT = """\
mapping: {id: report, version: 1, table: sla_reports, vendor: vendor_a, system: acd}
source: {format: xlsx, files: "*.xlsx", sheet: "S.*"}
columns:
  queue_scope: {const: "*"}
  period_start_at: {from: Date, type: date}
  granularity: {const: day}
  offered: {from: Appels recus}
  answer_rate: {from: Taux de decroche, scale: auto}
"""


def test_answer_rate_without_a_definition_is_refused(folder: Path) -> None:
    (folder / "feeds/report.yaml").write_text(REPORT, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == ("feeds/report.yaml", 8, "columns.answer_rate")
    assert "metric_definitions.answer_rate" in problem.expected
    defined = REPORT + "metric_definitions:\n  answer_rate: {label_as_printed: Taux de decroche, definition: terms}\n"
    (folder / "feeds/report.yaml").write_text(defined, encoding="utf-8")
    assert problems_of(folder) == []


def test_custom_definition_needs_its_parts(folder: Path) -> None:
    text = REPORT.replace("answer_rate", "service_level")
    text += "metric_definitions:\n  service_level: {label_as_printed: QS, definition: custom}\n"
    (folder / "feeds/report.yaml").write_text(text, encoding="utf-8")
    assert {p.key.rpartition(".")[2] for p in problems_of(folder)} == {"threshold_s", "abandon_treatment"}


def test_ratio_needs_a_scale_and_metrics_must_exist(folder: Path) -> None:
    text = REPORT.replace("{from: Taux de decroche, scale: auto}", "{from: Taux}").replace(
        "answer_rate", "abandon_rate"
    )
    text = text.replace("offered:", "ofered:")
    (folder / "feeds/report.yaml").write_text(text, encoding="utf-8")
    unknown, scale = problems_of(folder)
    assert (unknown.line, unknown.hint) == (7, "did you mean 'offered'?")
    assert (scale.line, scale.key) == (8, "columns.abandon_rate.scale")


def test_added_metric_can_be_mapped(folder: Path) -> None:
    added = "reported_metrics:\n  quality_score: {unit: score}\n"
    (folder / SETTINGS).write_text((folder / SETTINGS).read_text(encoding="utf-8") + added, encoding="utf-8")
    text = REPORT.replace("  answer_rate: {from: Taux de decroche, scale: auto}", "  quality_score: {from: Note}")
    (folder / "feeds/report.yaml").write_text(text, encoding="utf-8")
    assert problems_of(folder) == []


BROKEN = [
    ("tab", b"name: x\n\tcurrency: EUR\n", 2, "spaces"),
    ("unclosed quote", b"name: x\nfiscal: {}\ncurrency: 'EUR\nfoo: bar\n", 3, "closing quote"),
    ("colon in a value", b"name: a: b\n", 1, "one 'key: value'"),
    ("bad indentation", b"name: x\n  currency: EUR\n", 2, "one 'key: value'"),
    ("not closed", b"languages: [en, fr\nname: x\n", 2, "]"),
    ("star", b"name: *\n", 1, "quoted"),
    ("percent", b"name: %x\n", 1, "quoted"),
    ("tag", b"name: !!python/object/apply:os.system ['true']\n", 1, "without a tag"),
    ("two documents", b"name: x\n---\nname: y\n", 2, "one document"),
    ("binary", bytes(range(256)), 2, "UTF-8"),
    ("zeros", b"name: x\nlanguages: \x00\x00\n", 2, "printable"),
    ("latin-1", "name: x\ncurrency: EUR\nx: société\n".encode("latin-1"), 3, "UTF-8"),
    ("utf-16", "name: x".encode("utf-16"), 1, "UTF-8"),
    ("list", b"- name: x\n", 1, "a map"),
    ("word", b"hello\n", 1, "a map"),
    ("laughs", b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 10)) for i in range(12)), 0, "aliases"),
    ("deep", b"name: " + b"[" * 5000, 0, "levels"),
    ("endless", b"name: &a [*a]\n", 1, "aliases"),
    ("huge number", b"name: x\nfiscal: {year_start: " + b"9" * 6000 + b"}\n", 2, "number"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line", "expected"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
@pytest.mark.parametrize("file", [SETTINGS, PEOPLE, TERMS, FEED])
def test_broken_file_is_a_problem_with_its_line(
    folder: Path, file: str, content: bytes, line: int, expected: str
) -> None:
    (folder / file).write_bytes(content)
    problems = [p for p in problems_of(folder) if p.file == file]
    assert problems
    told = "\n".join(map(str, problems))
    if file == SETTINGS:
        assert any(expected in p.expected and (p.line == line or not line) for p in problems), told


@pytest.mark.parametrize("file", [SETTINGS, PEOPLE, TERMS, FEED])
def test_empty_file_lacks_its_keys(folder: Path, file: str) -> None:
    (folder / file).write_text("# nothing yet\n", encoding="utf-8")
    problems = [p for p in problems_of(folder) if p.file == file]
    assert all(p.expected == "this key, which is required" for p in problems)
    assert problems


def test_missing_file_and_misnamed_files(folder: Path) -> None:
    (folder / PEOPLE).rename(folder / "vendor.yaml")
    (folder / TERMS).rename(folder / "terms/vendor_a.yml")
    found = {p.file: p for p in problems_of(folder)}
    assert "did you mean 'vendor.yaml'?" in found[PEOPLE].hint
    assert "rename it to vendor_a.yaml" in found["terms/vendor_a.yml"].hint


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="a workspace folder"):
        load_workspace(tmp_path / "absent")


def test_a_problem_reads_as_one_line() -> None:
    problem = Problem("terms/a.yaml", 12, 9, "terms[0].target", "80", "a share from 0 to 1", "write 0.8 for 80 %")
    assert str(problem) == (
        "terms/a.yaml:12:9: terms[0].target: expected a share from 0 to 1 (found 80) [write 0.8 for 80 %]"
    )


def test_lookup_that_no_alias_can_answer(folder: Path) -> None:
    path = folder / PEOPLE
    path.write_text(path.read_text(encoding="utf-8").replace(", site: site_a", ""), encoding="utf-8")
    line = change(folder, FEED, "{const: site_a}", "{lookup: {system: vendor_a_acd, by: Site, gives: site_code}}")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line, problem.key) == (FEED, line, "columns.site_code.lookup.gives")
    assert "aliases of vendor_a_acd that give a site" in problem.expected


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (TERMS, "report_tz: Africa/Casablanca", "report_tz: Europe/Paris"),  # the client's
        (TERMS, "report_tz: Africa/Casablanca", "report_tz: UTC"),
        (TERMS, "report_tz: Africa/Casablanca", "report_tz: Africa/El_Aaiun"),  # the same clock all year
        (TERMS, "report_tz: Africa/Casablanca", "report_tz: Asia/Manila\n    tz_confirmed: true"),
        (TERMS, "country: FR ", "country: MA "),  # the site's holidays
        (TERMS, "    holidays:\n      country: FR ", "    tz_confirmed: true\n    holidays:\n      country: US "),
        (
            PEOPLE,
            "    country: MA\n    tz: Africa/Casablanca",
            "    country: PT\n    tz: Europe/Lisbon",
        ),  # a site abroad
        (PEOPLE, "    tz: Africa/Casablanca", "    tz: Europe/Lisbon\n    tz_confirmed: true"),
        (FEED, "    tz: Africa/Casablanca ", "    tz: Europe/Paris "),
        (FEED, "    tz: Africa/Casablanca ", "    tz: UTC "),
        (FEED, "    tz: Africa/Casablanca ", "    tz_confirmed: true\n    tz: America/Los_Angeles "),
    ],
)
def test_zones_that_contradict_nothing_or_are_meant(folder: Path, file: str, old: str, new: str) -> None:
    """A vendor may report on its own clock, the client's or none of a place; what is odd and meant is said so."""
    change(folder, file, old, new)
    assert problems_of(folder) == []


def test_a_confirmed_zone_changes_no_figure(folder: Path) -> None:
    before = load_workspace(folder).fingerprint("vendor_a")
    change(folder, TERMS, "report_tz: Africa/Casablanca", "tz_confirmed: true\n    report_tz: Africa/Casablanca")
    assert load_workspace(folder).fingerprint("vendor_a") == before


def test_a_mistaken_zone_of_the_client_blames_no_vendor(folder: Path) -> None:
    change(folder, TERMS, "report_tz: Africa/Casablanca", "report_tz: Europe/Paris")
    change(folder, SETTINGS, "time_zone: Europe/Paris", "time_zone: Paris")
    assert [(p.file, p.key) for p in problems_of(folder)] == [(SETTINGS, "time_zone")]
