"""Sections on the agreement: clauses with their money, causes of what was missed, invoices and what a contact costs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.answers.money import summed
from pipelines.measures.agreement.attainment import JUDGED
from pipelines.measures.agreement.invoices import CheckedLine
from pipelines.measures.agreement.settlement import SettledPeriod
from pipelines.measures.agreement.true_cost import MonthlyCost
from pipelines.measures.catalogue import MEASURES
from pipelines.report.model import Block, Cell, Chart, Evidence, Sentence, Series, Table
from pipelines.report.pack.material import Item, Material, Part

MONEY, BREACHES, CAUSES = "answers.money.money", "answers.breaches.breaches", "answers.breaches.cause_split"
#: Parts of a miss, in the order in which they are shown.
PARTS = ("plan", "volume", "handle_time", "staffing", "unexplained", "misfit")
#: A pack lists so many breaches, the most contacts first.
MOST_BREACHES = 12
_NOTHING = Decimal(0)


def clauses(material: Material) -> Part:
    """Section 3: each clause as recomputed and as reported, with and without what is excused, and its money."""
    writer, money = material.writer, material.money
    rows = money.attained
    if rows.is_empty():
        return Part((writer.missing("report.clauses.none"),))
    judged = rows.filter(pl.col("state").is_in(JUDGED))
    counts = {state: int((judged["state"] == state).sum()) for state in ("met", "missed", "excused", "gap")}
    cells = [
        writer.count(n, writer.evidence(MONEY, name, n=judged.height))
        for name, n in (("judged", judged.height), *counts.items())
    ]
    blocks: list[Block] = [writer.say("report.clauses.sentence", *cells), _attained_table(material)]
    blocks += _settlement_blocks(material)
    return Part(tuple(blocks), (*_clause_items(material, judged), *_credit_items(material)))


def _clause_value(material: Material, row: dict[str, Any], value: float | None) -> Cell:
    """A value in its clause's unit, with what the clause counted."""
    evidence = material.writer.evidence(
        MONEY, row["definition_id"] or row["metric"], numerator=row["numerator"], denominator=row["denominator"],
        n=None if row["contacts"] is None else round(row["contacts"]), data_share=row["data_share"],
    )  # fmt: skip
    return _in_unit(material, row["metric"], value, evidence)


def _in_unit(material: Material, metric: str, value: float | None, evidence: Evidence | None) -> Cell:
    writer = material.writer
    unit = MEASURES[metric].unit if metric in MEASURES else "share"
    if unit == "share":
        return writer.share(value, evidence)
    text = writer.formats.value(value, unit, 1)
    kind: Any = unit
    return Cell(text, value, kind, 1, evidence)


def _attained_table(material: Material) -> Table:
    writer = material.writer
    reported = {
        (clause, one.period_start): value
        for one in material.money.settled
        for clause, value in one.reported_values.items()
    }
    made = []
    for row in material.money.attained.sort("clause_id", "queue", "period_start").iter_rows(named=True):
        name = MEASURES[row["metric"]].name(writer.language) if row["metric"] in MEASURES else row["metric"]
        said = reported.get((row["clause_id"], row["period_start"]))
        excused = _in_unit(material, row["metric"], row["relief_value"], None) if row["excused_by"] else Cell("–")
        made.append(
            (
                Cell(f"{name} · {writer.name(row['clause_id'])}"),
                Cell(writer.formats.period(row["period_start"], row["period_end"])),
                _in_unit(material, row["metric"], row["target"], None),
                _clause_value(material, row, row["value"]),
                excused,
                _in_unit(material, row["metric"], said, writer.evidence("reported_by_vendor", row["metric"]))
                if said is not None
                else Cell("–"),
                writer.count(row["contacts"]),
                Cell(writer.text(f"report.clause.{row['state']}")),
            )
        )
    names = ("clause", "period", "target", "recomputed", "without_excused", "reported", "n", "state")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    return Table("clauses", writer.text("report.clauses.table"), head, tuple(made), writer.text("report.clauses.note"))


def _settlement_blocks(material: Material) -> list[Block]:
    writer, settled = material.writer, material.money.settled
    if not settled:
        return [writer.missing("report.clauses.no_money")]
    rows = tuple(_settlement(material, one) for one in settled)
    names = ("period", "charge", "credits", "under_reported", "least", "most")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    return [
        _net_sentence(material, settled),
        Table(
            "settlements",
            writer.text("report.clauses.settlements"),
            head,
            rows,
            writer.text("report.clauses.credit_note"),
        ),
    ]


def _net_sentence(material: Material, settled: Sequence[SettledPeriod]) -> Sentence:
    writer = material.writer
    known = [one.net for one in settled if one.net is not None]
    net = sum(known, _NOTHING)
    evidence = writer.evidence(MONEY, "settlement", n=len(known))
    return writer.say(
        "report.clauses.net", writer.money(net, evidence), writer.count(len(known)), writer.count(len(settled))
    )


def _settlement(material: Material, one: SettledPeriod) -> tuple[Cell, ...]:
    writer = material.writer
    evidence = writer.evidence(MONEY, "settlement", n=len(one.lines))
    return (
        Cell(writer.formats.period(one.period_start, one.period_end)),
        writer.money(one.charge.amount, writer.evidence(MONEY, f"charge.{one.charge.source or 'not_known'}", n=1)),
        writer.money(one.net, evidence), writer.money(one.reported),
        writer.money(one.risk.low if one.risk else None), writer.money(one.risk.high if one.risk else None),
    )  # fmt: skip


def _clause_items(material: Material, judged: pl.DataFrame) -> list[Item]:
    """A clause that was met throughout is a win, one that was missed a risk."""
    writer, found = material.writer, []
    for (clause, metric, queue), rows in judged.partition_by(
        ["clause_id", "metric", "queue"], as_dict=True, maintain_order=True
    ).items():
        missed = rows.filter("counts_as_missed")
        last = (missed if missed.height else rows).sort("period_start").row(-1, named=True)
        name = MEASURES[str(metric)].name(writer.language) if metric in MEASURES else writer.name(metric)
        periods = missed.height if missed.height else rows.height
        cells = (
            writer.count(periods, writer.evidence(MONEY, "periods", n=rows.height)),
            writer.count(rows.height), _clause_value(material, last, last["value"]),
            _in_unit(material, str(metric), last["target"], None),
        )  # fmt: skip
        link = writer.link("money", mv=material.vendor)
        item_id = f"clause:{clause}:{queue}"
        if missed.height:
            sentence = writer.say("report.item.clause_missed", *cells, measure=name, mark="✕", link=link)
            found.append(Item("risk", item_id, 90.0 + missed.height, sentence))
        elif (rows["state"] == "met").all():
            sentence = writer.say("report.item.clause_met", *cells, measure=name, mark="✓", link=link)
            found.append(Item("win", item_id, 60.0, sentence))
    return found


def _credit_items(material: Material) -> list[Item]:
    """Where both sides' figures give other money, it has to be settled which counts."""
    writer = material.writer
    apart = [
        one for one in material.money.settled
        if one.net is not None and one.reported is not None and one.net != one.reported
    ]  # fmt: skip
    if not apart:
        return []
    own = sum((one.net for one in apart if one.net is not None), _NOTHING)
    theirs = sum((one.reported for one in apart if one.reported is not None), _NOTHING)
    evidence = writer.evidence(MONEY, "settlement", n=len(apart))
    sentence = writer.say(
        "report.item.decide_credits", writer.money(own, evidence),
        writer.money(theirs, evidence), writer.count(len(apart)),
    )  # fmt: skip
    return [Item("decision", "credits", 90.0, sentence)]


def causes(material: Material) -> Part:
    """Section 8: weeks that missed the service level beyond noise with their cause and side; waivers granted."""
    writer = material.writer
    missed = material.breaches
    beyond = missed.filter(pl.col("beyond_noise").fill_null(False))
    excused = int(missed["excused"].fill_null(False).sum())
    counts = {"missed_weeks": missed.height, "beyond_noise": beyond.height, "excused": excused}
    cells = [writer.count(n, writer.evidence(BREACHES, name, n=missed.height)) for name, n in counts.items()]
    blocks: list[Block] = [writer.say("report.causes.sentence", *cells)]
    blocks += _cause_chart(material)
    if beyond.height:
        blocks.append(_breach_table(material, beyond))
    blocks += _waivers(material)
    return Part(tuple(blocks), tuple(_cause_items(material, beyond)))


def _breach_table(material: Material, beyond: pl.DataFrame) -> Table:
    writer = material.writer
    rows = []
    for row in beyond.sort("affected", descending=True, nulls_last=True).head(MOST_BREACHES).iter_rows(named=True):
        evidence = writer.evidence(
            BREACHES, row["definition_id"], numerator=row["numerator"], denominator=row["denominator"], n=row["offered"]
        )
        rows.append(
            (
                Cell(material.queue_name(row["queue"])), Cell(writer.formats.period(row["first_day"], row["last_day"])),
                writer.share(row["value"], evidence), writer.share(row["target"]), writer.count(row["offered"]),
                writer.count(row["affected"]), Cell(_cause_word(material, row["cause"])),
                Cell(writer.text(f"report.whose.{row['side'] or 'unknown'}")),
            )
        )  # fmt: skip
    names = ("queue", "period", "recomputed", "target", "n", "affected", "cause", "whose")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    return Table("breaches", writer.text("report.causes.table"), head, tuple(rows), writer.text("report.causes.note"))


def _cause_word(material: Material, cause: str | None) -> str:
    return material.writer.text(f"report.cause.{cause or 'unknown'}")


def _cause_chart(material: Material) -> list[Chart]:
    """What lies between target and figure on the queue with the most contacts missed, over the quarter."""
    writer = material.writer
    missed = material.causes.filter((pl.col("distance") < 0) & pl.col("cause").is_not_null())
    if missed.is_empty():
        return []
    row = missed.sort(pl.col("distance") * pl.col("n")).row(0, named=True)
    told = [name for name in PARTS if row[name] is not None]
    if not told:
        return []
    names = tuple(_cause_word(material, name) for name in told)
    texts = tuple(f"{writer.formats.number(row[name], 1, signed=True)} {writer.text('points')}" for name in told)
    title = writer.say(
        "report.causes.chart",
        Cell(writer.formats.number(abs(row["distance"]), 1)),
        queue=material.queue_name(row["queue"]),
        cause=_cause_word(material, row["cause"]),
        side=writer.text(f"report.whose.{row['side'] or 'unknown'}"),
    ).text
    said = ", ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))
    series = Series(writer.text("report.causes.series"), "vendor", tuple(row[name] for name in told), texts)
    return [
        Chart(
            "causes", "bar", title, writer.text("report.causes.alt", values=said), names, (series,), "points",
            writer.text("report.causes.series"), 1,
        )
    ]  # fmt: skip


def _waivers(material: Material) -> list[Block]:
    writer, granted = material.writer, material.money.waivers
    if not granted:
        return [writer.say("report.causes.no_waivers")]
    rows = tuple(
        (
            Cell(writer.formats.period(one.first_day, one.last_day)),
            Cell(material.queue_name(one.queue) if one.queue else writer.text("report.client.all_queues")),
            writer.word(one.reason),
            writer.word(one.author),
        )
        for one in granted
    )
    head = tuple(writer.text(f"report.column.{name}") for name in ("period", "queue", "reason", "author"))
    return [Table("waivers", writer.text("report.causes.waivers"), head, rows)]


def _cause_items(material: Material, beyond: pl.DataFrame) -> list[Item]:
    """Weeks beyond noise whose cause is the vendor's are a risk; those that are the client's ask us for a decision."""
    writer, found = material.writer, []
    for side, kind, weight in (("vendor", "risk", 70.0), ("client", "decision", 60.0)):
        rows = beyond.filter((pl.col("side") == side) & ~pl.col("excused").fill_null(False))
        if rows.is_empty():
            continue
        worst = rows.sort("points_below", descending=True, nulls_last=True).row(0, named=True)
        evidence = writer.evidence(
            BREACHES, worst["definition_id"], numerator=worst["numerator"], denominator=worst["denominator"],
            n=worst["offered"],
        )  # fmt: skip
        sentence = writer.say(
            f"report.item.cause_{side}",
            writer.count(rows.height, writer.evidence(BREACHES, "beyond_noise", n=beyond.height)),
            writer.share(worst["value"], evidence),
            writer.share(worst["target"]),
            queue=material.queue_name(worst["queue"]),
            period=writer.formats.period(worst["first_day"], worst["last_day"]),
            cause=_cause_word(material, worst["cause"]),
            mark="✕",
            link=writer.link("breaches", bv=material.vendor),
        )
        found.append(Item(kind, f"cause:{side}", weight, sentence))
    return found


def commercial(material: Material) -> Part:
    """Section 10: invoices against the work; what a contact costs. The client's own costs are in its edition alone."""
    writer, money = material.writer, material.money
    blocks: list[Block] = []
    items: list[Item] = []
    if money.invoices:
        blocks += _invoices(material, money.invoices, items)
    else:
        blocks.append(writer.missing("report.commercial.no_invoices"))
    months = [one for one in money.costs if one.billed is not None]
    if months:
        blocks += _costs(material, months)
        if material.internal:
            blocks += _beside_home(material, months)
    else:
        blocks.append(writer.missing("report.commercial.no_costs"))
    return Part(tuple(blocks), tuple(items))


def _invoices(material: Material, lines: Sequence[CheckedLine], items: list[Item]) -> list[Block]:
    writer = material.writer
    by_verdict = {
        name: [one for one in lines if one.verdict == name] for name in ("agrees", "differs", "not_verifiable")
    }
    difference = sum((one.difference for one in by_verdict["differs"] if one.difference is not None), _NOTHING)
    counts = [
        writer.count(n, writer.evidence(MONEY, f"invoices.{name}", n=len(lines)))
        for name, n in (("lines", len(lines)), *((name, len(held)) for name, held in by_verdict.items()))
    ]
    amount = writer.money(difference, writer.evidence(MONEY, "invoiced - recomputed", n=len(by_verdict["differs"])))
    said = writer.say("report.commercial.invoices", *counts, amount)
    if by_verdict["differs"]:
        numbers = ", ".join(sorted({writer.name(one.invoice_id) for one in by_verdict["differs"]}))
        link = writer.link("money", mv=material.vendor)
        items.append(
            Item(
                "decision",
                "invoices",
                88.0,
                writer.say("report.item.decide_invoices", amount, invoices=numbers, link=link),
            )
        )
        items.append(
            Item(
                "risk",
                "invoices",
                75.0,
                writer.say("report.item.invoices_differ", amount, invoices=numbers, mark="▲", link=link),
            )
        )
    else:
        items.append(Item("win", "invoices", 26.0, writer.say("report.item.invoices_agree", counts[1], mark="✓")))
    rows = tuple(_invoice(material, one) for one in lines)
    names = ("invoice", "period", "queue", "invoiced", "from_work", "difference", "verdict")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    return [said, Table("invoices", writer.text("report.commercial.table"), head, rows)]


def _invoice(material: Material, one: CheckedLine) -> tuple[Cell, ...]:
    writer = material.writer
    work = writer.evidence(
        MONEY, f"billed.{one.unit}", numerator=None if one.quantity is None else float(one.quantity),
        denominator=None if one.price is None else float(one.price),
    )  # fmt: skip
    return (
        writer.word(one.invoice_id), Cell(writer.formats.period(one.period_start, one.period_end)),
        Cell(material.queue_name(one.queue) if one.queue else writer.text("report.client.all_queues")),
        writer.money(one.invoiced, writer.evidence("invoices", "invoiced", n=1)), writer.money(one.recomputed, work),
        writer.money(one.difference), Cell(writer.text(f"report.invoice.{one.verdict}")),
    )  # fmt: skip


def _costs(material: Material, months: Sequence[MonthlyCost]) -> list[Block]:
    writer = material.writer
    whole = summed(months)
    rows = [_cost(material, one, Cell(writer.formats.period(one.period_start, one.period_end))) for one in months]
    if whole is not None and len(months) > 1:
        rows.append(_cost(material, whole, Cell(writer.text("report.commercial.together"))))
    names = ("period", "billed", "credits", "contacts", "per_contact")
    more = ("goodwill", "other", "true_per_contact", "true_per_resolved") if material.internal else ()
    head = tuple(writer.text(f"report.column.{name}") for name in (*names, *more))
    return [
        Table(
            "costs",
            writer.text("report.commercial.costs"),
            head,
            tuple(rows),
            writer.text("report.commercial.cost_note"),
        )
    ]


def _beside_home(material: Material, months: Sequence[MonthlyCost]) -> list[Block]:
    """The same months of the vendor and of the in-house team, fully loaded; only where both are known."""
    writer, baseline = material.writer, material.workspace.baseline
    if baseline in (None, material.vendor):
        return []
    known = {one.period_start: one for one in material.home_costs if one.billed is not None}
    shared = [(one, known[one.period_start]) for one in months if one.period_start in known]
    home_name = writer.name(material.workspace.vendors[baseline].name)
    ours, home = summed([one for one, _ in shared]), summed([one for _, one in shared])
    if ours is None or home is None or ours.currency != home.currency:
        return [writer.missing("report.commercial.no_home", home=home_name)]
    held = ((material.name, ours), (home_name, home))
    cells = [_all_in(material, one) for _, one in held]
    said = [writer.say("report.commercial.beside", *(row[0] for row in cells), vendor=material.name, home=home_name)]
    if all(row[1].value is not None for row in cells):
        said.append(
            writer.say(
                "report.commercial.beside_resolved", *(row[1] for row in cells), vendor=material.name, home=home_name
            )
        )
    rows = tuple(
        (Cell(name), writer.money(one.total), writer.count(one.handled), row[0], writer.count(one.resolved), row[1])
        for (name, one), row in zip(held, cells, strict=True)
    )
    names = ("operation", "all_in", "contacts", "true_per_contact", "resolved", "true_per_resolved")
    head = tuple(writer.text(f"report.column.{name}") for name in names)
    period = writer.formats.period(ours.period_start, ours.period_end)
    title = writer.text("report.commercial.beside_table", period=period)
    return [*said, Table("beside_home", title, head, rows, writer.text("report.commercial.beside_note"))]


def _all_in(material: Material, one: MonthlyCost) -> tuple[Cell, Cell]:
    """All that an operation cost, per contact handled and per contact resolved."""
    writer, total = material.writer, None if one.total is None else float(one.total)
    return tuple(
        writer.money(amount, writer.evidence(MONEY, name, numerator=total, denominator=n, n=n))
        for name, amount, n in (
            ("true_cost_per_contact", one.per_contact, one.handled),
            ("true_cost_per_resolved", one.per_resolved, one.resolved),
        )
    )  # type: ignore[return-value]


def _cost(material: Material, one: MonthlyCost, first: Cell) -> tuple[Cell, ...]:
    writer = material.writer

    def evidence(name: str, top: Decimal | None, bottom: int | None) -> Evidence:
        return writer.evidence(
            MONEY, name, numerator=None if top is None else float(top), denominator=bottom, n=one.handled
        )

    own = (
        first, writer.money(one.billed, evidence(f"billed.{one.billed_from or 'mixed'}", one.billed, None)),
        writer.money(one.credits), writer.count(one.handled),
        writer.money(one.billed_per_contact, evidence("cost_per_contact", one.billed, one.handled)),
    )  # fmt: skip
    if not material.internal:
        return own
    other = sum(one.other.values(), _NOTHING)
    return (
        *own, writer.money(one.goodwill), writer.money(other),
        writer.money(one.per_contact, evidence("true_cost_per_contact", one.total, one.handled)),
        writer.money(one.per_resolved, evidence("true_cost_per_resolved", one.total, one.resolved)),
    )  # fmt: skip
