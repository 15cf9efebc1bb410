"""Formulas of reported figures and the figures themselves in words, English and French."""

from __future__ import annotations

import re

from pipelines.measures.catalogue import MEASURES

#: Figures that vendors report and that are no measure of the catalogue.
_REPORTED: dict[str, tuple[str, str]] = {
    "abandoned": ("Contacts abandoned", "Contacts abandonnés"),
    "overflowed": ("Contacts overflowed", "Contacts débordés"),
    "callbacks": ("Call-backs asked for", "Rappels demandés"),
    "closed": ("Contacts outside opening hours", "Contacts hors horaires"),
    "transferred": ("Contacts transferred", "Contacts transférés"),
    "answered_in_threshold": ("Contacts answered in time", "Contacts traités dans le délai"),
    "abandoned_in_threshold": ("Contacts abandoned within the threshold", "Contacts abandonnés dans le délai"),
    "short_abandoned": ("Short abandons", "Abandons courts"),
    "surveys_offered": ("Surveys offered", "Enquêtes proposées"),
    "surveys_answered": ("Surveys answered", "Enquêtes remplies"),
    "logged_s": ("Logged time", "Temps de connexion"),
    "answer_rate": ("Answer rate", "Taux de décroché"),
    "fcr": ("First-contact resolution", "Résolution au premier contact"),
    "csat_mean": ("Mean satisfaction mark", "Note moyenne de satisfaction"),
}

_FORMULAS: dict[str, tuple[str, str]] = {
    "offered": ("contacts offered", "contacts présentés"),
    "offered.with_closed_hours": ("offered + outside opening hours", "présentés + hors horaires"),
    "offered.with_ivr": ("offered + given up in the voice menu", "présentés + abandonnés dans le menu vocal"),
    "offered.without_flow_outs": ("offered - overflowed", "présentés - débordés"),
    "offered.answered_and_abandoned": ("answered + abandoned", "traités + abandonnés"),
    "offered.without_short": ("offered - abandoned within {short}", "présentés - abandonnés en {short} au plus"),
    "answered": ("contacts answered", "contacts traités"),
    "answered.with_callbacks": ("answered + call-backs asked for", "traités + rappels demandés"),
    "answered.with_voicemail": ("answered + messages left", "traités + messages vocaux"),
    "abandoned": ("contacts abandoned", "contacts abandonnés"),
    "abandoned.with_ivr": ("abandoned + given up in the voice menu", "abandonnés + abandonnés dans le menu vocal"),
    "abandoned.with_closed_hours": ("abandoned + outside opening hours", "abandonnés + hors horaires"),
    "abandoned.all_not_answered": ("offered - answered", "présentés - traités"),
    "abandoned.without_short": ("abandoned after {short}", "abandonnés après {short}"),
    "flow_outs": ("contacts overflowed", "contacts débordés"),
    "callbacks": ("call-backs asked for", "rappels demandés"),
    "closed": ("contacts outside opening hours", "contacts hors horaires"),
    "transferred": ("contacts transferred", "contacts transférés"),
    "answered_in_threshold": ("answered within the threshold of the terms", "traités dans le délai du contrat"),
    "abandoned_in_threshold": ("abandoned within the threshold of the terms", "abandonnés dans le délai du contrat"),
    "short_abandoned": ("abandoned within the short limit of the terms", "abandons courts au sens du contrat"),
    "surveys_sent": ("surveys sent", "enquêtes envoyées"),
    "surveys_answered": ("surveys answered", "enquêtes remplies"),
    "csat_scored": ("surveys with a satisfaction mark", "enquêtes avec une note de satisfaction"),
    "logged_s": ("logged time of staff", "temps de connexion des équipes"),
    "answer_rate.of_offered": ("answered / offered", "traités / présentés"),
    "answer_rate.of_answered_and_abandoned": ("answered / (answered + abandoned)", "traités / (traités + abandonnés)"),
    "answer_rate.with_closed_hours": (
        "answered / (offered + outside opening hours)", "traités / (présentés + hors horaires)",
    ),
    "answer_rate.with_ivr": (
        "answered / (offered + given up in the voice menu)", "traités / (présentés + abandonnés dans le menu vocal)",
    ),
    "answer_rate.without_short": (
        "answered / (offered - abandoned within {short})", "traités / (présentés - abandonnés en {short} au plus)",
    ),
    "abandon_rate.all": ("abandoned / offered", "abandonnés / présentés"),
    "abandon_rate.with_ivr": (
        "(abandoned + given up in the voice menu) / (offered + given up there)",
        "(abandonnés + abandonnés dans le menu vocal) / (présentés + abandonnés dans ce menu)",
    ),
    "abandon_rate.with_voicemail": (
        "(abandoned + messages left) / offered", "(abandonnés + messages vocaux) / présentés",
    ),
    "abandon_rate.answered_over_offered": ("answered / offered", "traités / présentés"),
    "abandon_rate.short_both_sides": (
        "abandoned after {short} / (offered - abandoned within {short})",
        "abandonnés après {short} / (présentés - abandonnés en {short} au plus)",
    ),
    "abandon_rate.short_numerator": ("abandoned after {short} / offered", "abandonnés après {short} / présentés"),
    "asa_s.over_answered": ("waits of the answered / answered", "attentes des traités / traités"),
    "asa_s.over_offered": ("waits of the answered / offered", "attentes des traités / présentés"),
    "asa_s.with_ring": ("(waits + ringing) / answered", "(attentes + sonnerie) / traités"),
    "aht_s.talk+hold+acw": (
        "(talk + hold + after-contact work) / answered",
        "(échange + attente en ligne + travail après contact) / traités",
    ),
    "aht_s.talk+hold": ("(talk + hold) / answered", "(échange + attente en ligne) / traités"),
    "aht_s.talk+acw": ("(talk + after-contact work) / answered", "(échange + travail après contact) / traités"),
    "aht_s.talk": ("talk / answered", "échange / traités"),
    "aht_s.talk+hold+acw+ring": (
        "(talk + hold + after-contact work + ringing) / answered",
        "(échange + attente en ligne + travail après contact + sonnerie) / traités",
    ),
    "talk_s.talk": ("talk / answered", "échange / traités"),
    "talk_s.talk+hold": ("(talk + hold) / answered", "(échange + attente en ligne) / traités"),
    "hold_s.over_known": ("hold / contacts that state it", "attente en ligne / contacts qui l'indiquent"),
    "hold_s.over_answered": ("hold / answered", "attente en ligne / traités"),
    "acw_s.over_known": (
        "after-contact work / contacts that state it", "travail après contact / contacts qui l'indiquent",
    ),
    "acw_s.over_answered": ("after-contact work / answered", "travail après contact / traités"),
    "transfer_rate.of_known": (
        "transferred / answered contacts that say whether they were", "transférés / traités dont on le sait",
    ),
    "transfer_rate.of_offered": ("transferred / offered", "transférés / présentés"),
    "csat.top2": ("two best marks / marks given", "deux meilleures notes / notes données"),
    "csat.top1": ("best mark / marks given", "meilleure note / notes données"),
    "csat.top2/without_neutral": (
        "two best marks / marks given without the middle one", "deux meilleures notes / notes données sans la médiane",
    ),
    "csat.top2/of_all_asked": ("two best marks / surveys sent", "deux meilleures notes / enquêtes envoyées"),
    "csat.mean": ("mean of the marks", "moyenne des notes"),
    "nps.0-10": (
        "(marks 9 and 10 - marks 0 to 6) / marks given", "(notes 9 et 10 - notes 0 à 6) / notes données",
    ),
    "fcr.declared": (
        "declared solved / contacts that say so or not", "déclarés résolus / contacts qui le disent ou non",
    ),
    "fcr.declared/of_answered": ("declared solved / answered", "déclarés résolus / traités"),
    "printed/denominator_of_the_period_before": (
        "the denominator of the period before", "le dénominateur de la période précédente",
    ),
    "printed/numerator_of_the_period_before": (
        "the numerator of the period before", "le numérateur de la période précédente",
    ),
    "terms/waits_in_whole_seconds": (
        "the terms, waits rounded to whole seconds", "le contrat, attentes arrondies à la seconde",
    ),
    "terms/on_another_clock": (
        "the terms, days cut on another clock", "le contrat, jours coupés sur une autre horloge",
    ),
}  # fmt: skip


#: Two counts of a report in an id.
_PRINTED = re.compile(r"printed\.([^/]+)/([^/]+?)(?:/per([\d.e+]+))?")


def _printed_words(ratio: re.Match[str]) -> tuple[str, str]:
    top, bottom, per = ratio.groups()
    (english, french), (below, below_fr) = metric_name(top), metric_name(bottom)
    times = f"{float(per):g} x " if per else ""
    return (
        f"{times}{english.lower()} / {below.lower()}, both as printed",
        f"{times}{french.lower()} / {below_fr.lower()}, tels qu'imprimés",
    )


#: A rule for repeat contacts in an id.
_REPEATS = re.compile(
    r"(fcr|repeat_rate)\.([\d.]+)h/(any_reason|same_reason)/(cross_vendor|own_vendor)(/blank_is_resolved)?"
)


def _repeat_words(rule: re.Match[str]) -> tuple[str, str]:
    metric, hours, reason, vendor, blank = rule.groups()
    whole_days, rest = divmod(float(hours), 24)
    span, span_fr = (f"{whole_days:g} days", f"{whole_days:g} jours") if not rest and whole_days > 1 else (
        f"{hours} hours", f"{hours} heures"
    )  # fmt: skip
    same, same_fr = (" for the same reason", " pour le même motif") if reason == "same_reason" else ("", "")
    where, where_fr = ("", "") if vendor == "cross_vendor" else (" at the same operation", " chez la même opération")
    tail, tail_fr = (", unknown customers as solved", ", clients inconnus comptés comme résolus") if blank else ("", "")
    if metric == "fcr":
        return (
            f"first contacts not followed by another{same}{where} within {span} / first contacts{tail}",
            f"premiers contacts non suivis d'un autre{same_fr}{where_fr} en {span_fr} / premiers contacts{tail_fr}",
        )
    return (
        f"first contacts followed by another{same}{where} within {span} / first contacts{tail}",
        f"premiers contacts suivis d'un autre{same_fr}{where_fr} en {span_fr} / premiers contacts{tail_fr}",
    )


def metric_name(metric: str) -> tuple[str, str]:
    """The name of a reported figure (English, French); its id where nothing knows it."""
    if metric in MEASURES:
        return MEASURES[metric].name("en"), MEASURES[metric].name("fr")
    return _REPORTED.get(metric, (metric.replace("_", " "),) * 2)


def formula_words(formula: str) -> tuple[str, str] | None:
    """A formula of this id (short limits are part of it) in words; None for one that has none."""
    if (ratio := _PRINTED.fullmatch(formula)) is not None:
        return _printed_words(ratio)
    if (rule := _REPEATS.fullmatch(formula)) is not None:
        return _repeat_words(rule)
    found = re.search(r"short([\d.]+)s", formula)
    if found is None:
        return _FORMULAS.get(formula)
    plain = formula.replace(f"/short{found[1]}s", "").replace(found[0], "short")
    told = _FORMULAS.get(plain)
    return None if told is None else (told[0].format(short=f"{found[1]} s"), told[1].format(short=f"{found[1]} s"))
