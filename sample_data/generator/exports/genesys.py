"""Poitiers and Porto: Genesys Cloud interactions, in French and in Spanish; ms; the user's clock; blank for zero."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sample_data.generator.records import IVR_S

_CLOCK = "%d/%m/%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Wording:
    """One language of the export: its headers in order, its yes and no, its values."""

    headers: tuple[str, ...]
    yes: str
    no: str
    media: dict[str, str]
    inbound: str
    solved: str
    unsolved: str
    closed: str
    agent_left: str
    customer_left: str
    queue_prefix: str


_FIELDS = (
    "complete", "partial_at", "filters", "media", "users", "remote", "date", "end", "duration", "direction", "ani",
    "dnis", "queue", "wrap_up", "flow", "conversation", "abandoned", "time_to_abandon", "total_queue", "total_talk",
    "total_hold", "total_acw", "total_handle", "total_ivr", "transfers", "disconnect", "tag",
)  # fmt: skip

FRENCH = Wording(
    (
        "Exportation complète", "Horodatage du résultat partiel", "Filtres", "Type de média", "Utilisateurs", "Distant",
        "Date", "Date de fin", "Durée", "Direction", "ANI", "DNIS", "File d'attente", "Conclusion", "Flux",
        "ID de conversation", "Abandonné", "Délai d'abandon", "Total file d'attente", "Conversation totale",
        "Attente totale", "ACW total", "Traitement total", "SVI total", "Transferts", "Type de déconnexion",
        "Étiquette externe",
    ),
    "OUI", "NON", {"voice": "voix", "chat": "messagerie"}, "Entrant", "Résolu", "Non résolu", "Flux fermé", "Agent",
    "Client", "PTR ",
)  # fmt: skip
SPANISH = Wording(
    (
        "Exportación completa", "Marca de hora del resultado parcial", "Filtros", "Tipo de medio", "Usuarios", "Remoto",
        "Fecha", "Fecha de finalización", "Duración", "Dirección", "ANI", "DNIS", "Cola", "Conclusión", "Flujo",
        "ID de conversación", "Abandonado", "Tiempo en abandonar", "Total de cola", "Conversación total",
        "Retención total", "ACW total", "Manejo total", "IVR total", "Transferencias", "Tipo de desconexión",
        "Etiqueta externa",
    ),
    "Sí", "No", {"voice": "voz", "chat": "chat"}, "Entrante", "Resuelto", "No resuelto", "Flujo cerrado",
    "Agente", "Cliente", "OPO ",
)  # fmt: skip


def frame(contacts: pl.DataFrame, zone: str, words: Wording, shift_h: int = 0) -> pl.DataFrame:
    answered, closed = pl.col("answered"), pl.col("outcome") == 2
    handle = pl.col("talk_ms") + pl.col("hold_ms") + pl.col("acw_ms")
    ivr = pl.col("vendor").replace_strict(IVR_S, return_dtype=pl.Int64) * 1000
    values = {
        "complete": pl.lit(words.yes.upper()),
        "partial_at": pl.lit(""),
        "filters": pl.lit(""),
        "media": pl.col("channel").replace_strict(words.media),
        "users": pl.when(answered).then("agent_name"),
        "remote": pl.lit(""),
        "date": _clock("started", zone, shift_h),
        "end": _clock("ended_at", zone, shift_h),
        "duration": (pl.col("ended_at") - pl.col("started")).dt.total_milliseconds(),
        "direction": pl.lit(words.inbound),
        "ani": pl.coalesce(pl.lit("tel:+") + pl.col("phone"), pl.lit("sip:anonymous")),
        "dnis": pl.lit("tel:+33199000002"),
        "queue": pl.lit(words.queue_prefix) + pl.col("queue"),
        "wrap_up": pl.when(answered).then(
            pl.when("declared_resolved").then(pl.lit(words.solved)).otherwise(pl.lit(words.unsolved))
        ),
        "flow": pl.lit("Accueil"),
        "conversation": conversation(),
        "abandoned": pl.when(pl.col("outcome") == 1).then(pl.lit(words.yes)).otherwise(pl.lit(words.no)),
        "time_to_abandon": pl.when(pl.col("outcome") == 1).then(pl.col("wait_ms")),
        "total_queue": pl.when(~closed).then(pl.col("wait_ms")),
        "total_talk": pl.when(answered).then("talk_ms"),
        "total_hold": pl.when(pl.col("hold_ms") > 0).then("hold_ms"),
        "total_acw": pl.when(answered).then("acw_ms"),
        "total_handle": pl.when(answered).then(handle),
        "total_ivr": ivr,
        "transfers": pl.when(pl.col("transferred") == 1).then(1),
        "disconnect": pl.when(closed)
        .then(pl.lit(words.closed))
        .when(pl.col("ended_by_agent") == 1)
        .then(pl.lit(words.agent_left))
        .otherwise(pl.lit(words.customer_left)),
        "tag": "motif:" + pl.col("reason"),
    }
    return contacts.select(values[field].alias(header) for field, header in zip(_FIELDS, words.headers, strict=True))


def conversation() -> pl.Expr:
    """A conversation's id as this system prints it."""
    return pl.format(
        "5c1b7f00-77aa-4b21-9{}-{}",
        pl.col("vendor").str.slice(0, 3).replace_strict({"poi": "0f1", "por": "0f2"}, default="0f0"),
        pl.col("leg").cast(pl.String).str.zfill(12),
    )


def _clock(column: str, zone: str, shift_h: int) -> pl.Expr:
    local = pl.col(column).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return (local + pl.duration(hours=shift_h)).dt.strftime(_CLOCK)
