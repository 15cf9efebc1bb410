"""A pack from one version: every section in its place, the summary last made and first shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.answers.quarter import Quarter, fiscal_quarter
from pipelines.measures.catalogue import MEASURES
from pipelines.report.model import Chart, Document, Edition, Section, Sentence, Table, steady
from pipelines.report.pack import agreement, discipline, fair, people, service
from pipelines.report.pack.material import Item, Material, Part
from pipelines.report.pack.summary import summary
from pipelines.report.words import Writer, speech_of
from pipelines.warehouse import Reader
from pipelines.wording import Language
from pipelines.workspace import Workspace

#: Sections 2 to 14 in the order of the review; the summary is made from them, the appendix from what they show.
_SECTIONS: tuple[tuple[str, Callable[[Material], Part]], ...] = (
    ("actions", people.last_actions),
    ("clauses", agreement.clauses),
    ("discipline", discipline.discipline),
    ("service", service.service),
    ("voice", service.voice),
    ("fair", fair.fair),
    ("causes", agreement.causes),
    ("workforce", service.workforce),
    ("commercial", agreement.commercial),
    ("client", people.client),
    ("incidents", discipline.incidents),
    ("plan", people.plan),
    ("next", fair.coming),
)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack, and everything that could have been told in its summary."""

    document: Document
    items: tuple[Item, ...]


def build_pack(
    workspace: Workspace,
    reader: Reader,
    vendor: str,
    quarter: Quarter,
    *,
    edition: Edition = "vendor",
    language: Language = "en",
    as_of: datetime | None = None,
) -> Pack:
    """The pack of one vendor's quarter, in the currency of its terms. ``reader`` may be one of the past; ``as_of`` is
    then its instant.

    Raises ``KeyError`` for a vendor that the workspace doesn't have.
    """
    currency = workspace.currency_on(vendor, quarter.last_day)
    speech = speech_of(language, currency)
    # A vendor can't open the client's pages.
    address = workspace.settings.documents.address if edition == "internal" else None
    material = Material(workspace, reader, vendor, quarter, edition, Writer(speech, reader.version, address), as_of)
    made = [(key, section(material)) for key, section in _SECTIONS]
    items = [item for _, part in made for item in part.items]
    parts = [("summary", summary(material, items)), *made]
    parts.append(("appendix", discipline.appendix(material, _measures_of([part for _, part in parts]))))
    sections = tuple(_section(material, number, key, part) for number, (key, part) in enumerate(parts, start=1))
    return Pack(steady(_document(material, sections)), tuple(items))


def _section(material: Material, number: int, key: str, part: Part) -> Section:
    return Section(
        key, material.writer.text(f"report.section.{key}"), part.blocks, None if key == "appendix" else number
    )


def _measures_of(parts: Sequence[Part]) -> set[str]:
    """Ids of the measures whose names or definitions appear: a definition's id begins with its measure's."""
    used: set[str] = set()
    for part in parts:
        for block in part.blocks:
            cells = block.figures if isinstance(block, Sentence) else ()
            if isinstance(block, Table):
                cells = tuple(cell for row in block.rows for cell in row)
            used |= {cell.evidence.definition_id.split(".")[0] for cell in cells if cell.evidence}
            if isinstance(block, Chart):
                used |= {metric for metric in MEASURES if block.key == metric}
    return used & set(MEASURES)


def _document(material: Material, sections: tuple[Section, ...]) -> Document:
    writer, workspace = material.writer, material.workspace
    published = material.reader.frame("week_range").row(0)[2]
    at = datetime.fromisoformat(published) if isinstance(published, str) else published
    zone = workspace.settings.time_zone
    facts = [
        (
            writer.text("report.fact.version"),
            writer.text(
                "report.fact.version_text", version=material.reader.version, when=writer.instant(at, zone), zone=zone
            ),
        ),
        (writer.text("report.fact.edition"), writer.text(f"report.fact.edition_{material.edition}")),
        (writer.text("report.fact.data"), _data_text(material)),
        (
            writer.text("report.fact.deliveries"),
            writer.say(
                "report.fact.deliveries_text",
                writer.count(material.deliveries.height),
                digest=discipline.joint_hash(material.deliveries)[:16],
            ).text,
        ),
    ]
    if material.as_of is not None:
        said = writer.text("report.fact.as_of_text", when=writer.instant(material.as_of, zone), zone=zone)
        facts.insert(1, (writer.text("report.fact.as_of"), said))
    dates = writer.formats.period(material.quarter.first_day, material.quarter.last_day)
    return Document(
        kind="pack",
        title=writer.text("report.pack", vendor=material.name),
        subtitle=writer.text(
            "report.pack_subtitle",
            company=writer.name(workspace.settings.name),
            quarter=_quarter_text(material),
            dates=dates,
        ),
        language=writer.language,
        currency=writer.formats.currency,
        version=material.reader.version,
        period_start=material.quarter.first_day,
        period_end=material.quarter.last_day,
        made_from=at,
        facts=tuple(facts),
        sections=sections,
        vendor=material.vendor,
        edition=material.edition,
        as_of=material.as_of,
    )


def _quarter_text(material: Material) -> str:
    """The quarter's name, and which of the company's fiscal year it is."""
    fiscal = fiscal_quarter(material.quarter, material.workspace.settings.fiscal)
    if fiscal is None:
        return material.quarter.name
    said = {"number": fiscal.number, "year": fiscal.name.rpartition("-")[0]}
    if fiscal == material.quarter:
        return material.writer.text("report.pack_fiscal", **said)
    return material.writer.text("report.pack_fiscal_too", quarter=material.quarter.name, **said)


def _data_text(material: Material) -> str:
    writer = material.writer
    dates = writer.formats.period(material.quarter.first_day, material.last_day)
    shares = [row["data_share"] for row in material.changed.values() if row["data_share"] is not None]
    if not shares:
        return writer.text("report.fact.data_unknown", dates=dates)
    return writer.text("report.fact.data_text", dates=dates, share=writer.share(shares[0]).text)
