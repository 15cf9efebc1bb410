"""The client's own systems: surveys (Qualtrics, three header rows) and refunds (the shop's export)."""

from __future__ import annotations

import json

import polars as pl

from sample_data.generator import plan
from sample_data.generator.exports import connect, five9, genesys, hermes
from sample_data.generator.exports.files import delimited

_CLOCK = "%Y-%m-%d %H:%M:%S"
_SURVEY_TEXTS = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "Progress": ("Progress", "progress"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
    "SentDate": ("Date d'envoi", "sentDate"),
    "Q1_NPS": ("Recommanderiez-vous Atelier Nord à un proche ? (0 à 10)", "QID1"),
    "Q2_CSAT": ("Êtes-vous satisfait de votre échange avec notre service client ? (1 à 5)", "QID2"),
    "Prestataire": ("Prestataire", "prestataire"),
    "File": ("File", "file"),
    "ContactId": ("ContactId", "contactId"),
    "Telephone": ("Telephone", "telephone"),
}
_WITH_ZONE = frozenset({"StartDate", "EndDate", "RecordedDate", "SentDate"})


def contact_identifier() -> pl.Expr:
    """Each contact's id as the system of its vendor prints it."""
    return (
        pl.when(pl.col("vendor") == "lille")
        .then(connect.identifier())
        .when(pl.col("vendor") == "casablanca")
        .then(five9.call_id())
        .when(pl.col("vendor") == "tana")
        .then(hermes.call_id())
        .otherwise(genesys.conversation())
    )


def with_survey_times(contacts: pl.DataFrame) -> pl.DataFrame:
    """The customers who were asked, with the instants of asking and answering (spread by the leg's number)."""
    asked = pl.col("ended_at") + pl.duration(minutes=60 + (pl.col("leg") * 37) % 90)
    return contacts.filter(pl.col("asked") == 1).with_columns(
        sent=asked, answered_survey=asked + pl.duration(seconds=240 + (pl.col("leg") * 7919) % 21_000)
    )


def survey_frame(asked: pl.DataFrame) -> pl.DataFrame:
    """One row per customer asked; those who did not answer have a row with empty answers."""
    zone = plan.CLIENT_ZONE
    replied = pl.col("replied") == 1
    answered = pl.col("answered_survey").dt.convert_time_zone(zone)
    return asked.select(
        StartDate=pl.when(replied).then((answered - pl.duration(seconds=75)).dt.strftime(_CLOCK)),
        EndDate=pl.when(replied).then(answered.dt.strftime(_CLOCK)),
        Status=pl.when(replied).then(pl.lit("IP Address")).otherwise(pl.lit("Sent")),
        Progress=pl.when(replied).then(100).otherwise(0),
        Finished=pl.when(replied).then(pl.lit("True")).otherwise(pl.lit("False")),
        RecordedDate=pl.when(replied).then(answered.dt.strftime(_CLOCK)),
        ResponseId=pl.format("R_{}", pl.col("leg").cast(pl.String).str.zfill(9)),
        DistributionChannel=pl.lit("sms"),
        UserLanguage=pl.col("language").str.to_uppercase(),
        SentDate=pl.col("sent").dt.convert_time_zone(zone).dt.strftime(_CLOCK),
        Q1_NPS=pl.when(replied).then("recommend"),
        Q2_CSAT=pl.when(replied).then("satisfied"),
        Prestataire=pl.col("vendor").replace_strict(PARTNERS, return_dtype=pl.String),
        File=pl.col("queue"),
        ContactId=contact_identifier(),
        Telephone=pl.lit("+") + pl.col("phone"),
    )


def surveys(rows: pl.DataFrame) -> bytes:
    """The printed rows under Qualtrics' three header rows: names, texts, import ids with the zone."""
    return _three_headers() + delimited(rows).split(b"\n", 1)[1]


PARTNERS = {
    "lille": "Lille (interne)",
    "poitiers": "Vienne Relation Client",
    "casablanca": "Atlas Contact",
    "porto": "Douro Care",
    "tana": "Ravina Services",
}


def _three_headers() -> bytes:
    imports = {
        name: json.dumps(
            {"ImportId": key} | ({"timeZone": plan.CLIENT_ZONE} if name in _WITH_ZONE else {}), separators=(",", ":")
        )
        for name, (_, key) in _SURVEY_TEXTS.items()
    }
    texts = pl.DataFrame({name: [text, imports[name]] for name, (text, _) in _SURVEY_TEXTS.items()})
    return delimited(texts)


def with_refund_time(contacts: pl.DataFrame) -> pl.DataFrame:
    """The contacts that led to a refund, with its instant: within two days."""
    return contacts.filter(pl.col("refund_cents") > 0).with_columns(
        refunded=pl.col("ended_at") + pl.duration(minutes=5 + (pl.col("leg") * 104_729) % 2_700)
    )


def refund_frame(granted: pl.DataFrame) -> pl.DataFrame:
    """One row per refund, on the shop's clock with its offset."""
    local = pl.col("refunded").dt.convert_time_zone(plan.CLIENT_ZONE)
    ordered = (pl.col("refunded") - pl.duration(days=3 + pl.col("leg") % 24)).dt.convert_time_zone(plan.CLIENT_ZONE)
    return granted.select(
        pl.format("RF{}", pl.col("leg").cast(pl.String).str.zfill(9)).alias("Refund ID"),
        pl.format("#AN{}", (pl.col("leg") * 3 + 100_000).cast(pl.String)).alias("Name"),
        local.dt.strftime("%Y-%m-%d %H:%M:%S %z").alias("Created at"),
        ordered.dt.strftime("%Y-%m-%d %H:%M:%S %z").alias("Order created at"),
        _money(pl.col("refund_cents")).alias("Amount"),
        pl.lit("EUR").alias("Currency"),
        pl.when(pl.col("goodwill") == 1)
        .then(pl.lit("geste_commercial"))
        .otherwise(pl.lit("remboursement"))
        .alias("Kind"),
        pl.col("reason").alias("Reason"),
        pl.col("vendor").replace_strict(PARTNERS, return_dtype=pl.String).alias("Care partner"),
        pl.col("queue").alias("Care queue"),
        contact_identifier().alias("Contact"),
        (pl.lit("+") + pl.col("phone")).alias("Phone"),
    )


def _money(cents: pl.Expr) -> pl.Expr:
    return pl.format("{}.{}", cents // 100, (cents % 100).cast(pl.String).str.zfill(2))
