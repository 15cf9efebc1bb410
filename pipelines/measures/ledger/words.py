"""A definition in words, English and French: what is divided by what."""

from __future__ import annotations

import re

from pipelines.measures.ledger.formula_words import formula_words

_VARIANTS: dict[str, tuple[str, str]] = {
    "answered_only": ("{in_time} / answered", "{in_time} / traités"),
    "abandon_negative": ("{in_time} / (answered + abandoned)", "{in_time} / (traités + abandonnés)"),
    "abandon_positive": (
        "({in_time} + abandoned within it) / (answered + abandoned)",
        "({in_time} + abandonnés dans ce délai) / (traités + abandonnés)",
    ),
    "abandon_ignored_T": (
        "{in_time} / (answered + abandoned after it)", "{in_time} / (traités + abandonnés après ce délai)",
    ),
    "abandon_excluded": ("{in_time} / (offered - abandoned)", "{in_time} / (reçus - abandonnés)"),
    "short_excluded": (
        "{in_time} / (answered + abandoned after {short})", "{in_time} / (traités + abandonnés après {short})",
    ),
    "short_credited": (
        "({in_time} + abandoned within {short}) / (answered + abandoned)",
        "({in_time} + abandonnés en moins de {short}) / (traités + abandonnés)",
    ),
    "with_flowouts": (
        "{in_time} / (answered + abandoned + flowed out)", "{in_time} / (traités + abandonnés + débordés)",
    ),
    "queue_removed": (
        "(answered, abandoned or called back {within}) / all that left the queue",
        "(traités, abandonnés ou rappelés {within_fr}) / tous ceux qui ont quitté la file",
    ),
}  # fmt: skip
_TAILS: dict[str, tuple[str, str]] = {
    "mean_of_days": (", mean of days", ", moyenne des jours"),
    "mean_of_intervals": (", mean of intervals", ", moyenne des intervalles"),
    "interval_share": (", share of intervals", ", part des intervalles"),
    "contact_share": (", share of contacts in intervals", ", part des contacts des intervalles"),
    "by_answer": (", in the interval of the answer", ", dans l'intervalle de la réponse"),
    "empty_is_one": (", nobody waiting counts as 100 %", ", sans appel compte comme 100 %"),
    "empty_is_zero": (", nobody waiting counts as 0 %", ", sans appel compte comme 0 %"),
    "with_closed+overflow": (", closed hours and overflow included", ", heures de fermeture et débordements compris"),
    "with_overflow": (", overflow included", ", débordements compris"),
    "with_callback": (", call-backs included", ", rappels compris"),
    "with_voicemail": (", messages included", ", messages vocaux compris"),
    "calendar_days": (", by calendar date", ", par date de calendrier"),
    "truncated": (", digits cut off", ", décimales tronquées"),
    "with_closed": (", closed hours included", ", heures de fermeture comprises"),
    "from_ring": (", from the first ring", ", depuis la première sonnerie"),
    "from_call_start": (", from the start of the call", ", depuis le début de l'appel"),
}


#: Days that begin at another hour than midnight (``business_days.clock_name``).
_CLOCK = re.compile(r"([\w/+-]+)@(\d\d:\d\d)")


def definition_words(definition: str) -> tuple[str, str]:
    """The definition of this id in words (English, French). An id that nothing knows stands for itself."""
    if clock := _CLOCK.fullmatch(definition):
        zone, start = clock.groups()
        return f"days from {start} to {start} ({zone})", f"jours de {start} à {start} ({zone})"
    names = definition.split("/")
    tails = [name for name in names if name in _TAILS or re.fullmatch(r"at[\d.]+|day_from_\d\d:\d\d", name)]
    head = "/".join(name for name in names if name not in tails)
    told = formula_words(head) or _level_words(head)
    if told is None:
        return definition, definition
    for name in tails:
        tail, tail_fr = _TAILS[name] if name in _TAILS else _told_tail(name)
        told = (told[0] + tail, told[1] + tail_fr)
    return told


def _level_words(head: str) -> tuple[str, str] | None:
    """A service level: its variant, threshold and short limit."""
    name, *rest = head.split("/")
    variant = name.removeprefix("service_level.")
    limit = next((re.fullmatch(r"(<=?)([\d.]+)s", part) for part in rest if part.startswith("<")), None)
    if variant not in _VARIANTS or limit is None:
        return None
    short, seconds = short_limit(head), limit[2]
    inclusive = limit[1] == "<="
    english = f"within {seconds} s" if inclusive else f"in less than {seconds} s"
    french = f"en {seconds} s au plus" if inclusive else f"en moins de {seconds} s"
    facts = {"short": "" if short is None else f"{short:g} s", "within": english, "within_fr": french}
    return (
        _VARIANTS[variant][0].format(in_time=f"answered {english}", **facts),
        _VARIANTS[variant][1].format(in_time=f"traités {french}", **facts),
    )


def _told_tail(name: str) -> tuple[str, str]:
    """What a tail with a value of its own says: when days begin, what an interval must reach."""
    if name.startswith("day_from_"):
        start = name.removeprefix("day_from_")
        return f", days from {start} to {start}", f", jours de {start} à {start}"
    target = f"{100 * float(name.removeprefix('at')):g} %"
    return f" of at least {target}", f" d'au moins {target}"


def short_limit(definition: str) -> float | None:
    """The limit (seconds) of short abandons in the definition of this id, if it has one."""
    found = re.search(r"/short([\d.]+)s(?:/|$)", definition)
    return float(found[1]) if found else None


#: Every variant of service level in words that name no threshold.
VARIANT_WORDS: dict[str, tuple[str, str]] = {
    name: (
        english.format(in_time="answered in time", short="a few seconds", within="in time"),
        french.format(in_time="traités à temps", short="quelques secondes", within_fr="à temps"),
    )
    for name, (english, french) in _VARIANTS.items()
}
