"""The sentence of each finding, whole, in English and French: what was expected, what came, since when.

Never an accusation: a finding is something to explain. Placeholders are filled with plain facts.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Any, TypedDict

from pipelines.measures.catalogue import Language
from pipelines.measures.ledger.formula_words import metric_name

SENTENCES: dict[str, tuple[str, str]] = {
    "late_delivery": (
        "The {feed} file for {period} came {hours:.0f} h after it was due.",
        "Le fichier {feed} pour {period_fr} est arrivé {hours:.0f} h après l'échéance.",
    ),
    "missing_delivery": (
        "No {feed} file for {period} has come; {count} due by {due}.",
        "Aucun fichier {feed} pour {period_fr} n'est arrivé ; {count} attendu(s) au plus tard le {due_fr}.",
    ),
    "refused": (
        "The file {file} could not be taken in: {message}",
        "Le fichier {file} n'a pas pu être intégré ; message du programme : « {message} »",
    ),
    "unmatched": (
        "The file {file} fits no feed: nothing was read from it.",
        "Le fichier {file} ne correspond à aucun flux : rien n'en a été lu.",
    ),
    "duplicate_file": (
        "The file {file} has the same content as {original}; nothing was loaded twice.",
        "Le fichier {file} et {original_fr} ont le même contenu ; rien n'a été chargé deux fois.",
    ),
    "duplicate_rows": (
        "{count:,} of {read:,} rows of {file} repeat rows already held; they were counted once.",
        "{count:,} lignes sur {read:,} de {file} répètent des lignes déjà connues ; elles ne comptent qu'une fois.",
    ),
    "restated_figures": (
        "{file} changes {count:,} rows already held, for {period}; the earlier ones are kept.",
        "{file} modifie {count:,} lignes déjà connues, pour {period_fr} ; les anciennes sont conservées.",
    ),
    "restated_late": (
        "{file} changes {count:,} rows already held, for {period}, {days} days after it ended; the agreement allows "
        "{agreed}. The earlier ones are kept.",
        "{file} modifie {count:,} lignes déjà connues, pour {period_fr}, {days} jours après la fin de la période ; le "
        "contrat en prévoit {agreed}. Les anciennes sont conservées.",
    ),
    "rejected_rows": (
        "{count:,} of {read:,} rows of {file} could not be read; most often: {reason}.",
        "{count:,} lignes sur {read:,} de {file} n'ont pas pu être lues ; message le plus fréquent du programme : "
        "« {reason} ».",
    ),
    "unexpected_columns": (
        "{file} has columns that its mapping does not know: {columns}.",
        "{file} contient des colonnes que son format déclaré ne connaît pas : {columns}.",
    ),
    "missing_columns": (
        "{file} lacks columns that earlier files had: {columns}.",
        "Il manque à {file} des colonnes présentes auparavant : {columns}.",
    ),
    "total_mismatch": (
        "In {file} the printed total of {field} is {expected}; its rows add up to {observed}.",
        "Dans {file}, le total imprimé de {field} est {expected} ; ses lignes donnent {observed}.",
    ),
    "unknown_alias": (
        "{file} names {count} value(s) that vendors.yaml does not know: {values}.",
        "{file} contient {count} valeur(s) inconnue(s) de vendors.yaml : {values}.",
    ),
    "missing_day": (
        "No contact has come for {period} ({where}), although it was open: about {count:.0f} would be usual.",
        "Aucun contact n'est arrivé pour {period_fr} ({where_fr}), jour pourtant ouvert : environ {count:.0f} "
        "seraient habituels.",
    ),
    "missing_interval": (
        "No contact on {day} from {from_time} to {to_time} ({where}): about {count:.0f} would be usual.",
        "Aucun contact le {day_fr} de {from_time} à {to_time} ({where_fr}) : environ {count:.0f} seraient habituels.",
    ),
    "missing_stretch": (
        "No contact in a stretch of {period} ({where}): about {count:.0f} would be usual.",
        "Aucun contact pendant une partie de {period_fr} ({where_fr}) : environ {count:.0f} seraient habituels.",
    ),
    "clock_early": (
        "For {period} contacts come {hours} h earlier than usual: the clock of the export seems to be off.",
        "Pour {period_fr}, les contacts arrivent {hours} h plus tôt que d'habitude : l'horloge de l'export "
        "semble décalée.",
    ),
    "clock_late": (
        "For {period} contacts come {hours} h later than usual: the clock of the export seems to be off.",
        "Pour {period_fr}, les contacts arrivent {hours} h plus tard que d'habitude : l'horloge de l'export "
        "semble décalée.",
    ),
    "clock_always_early": (
        "From the first day ({period}) contacts come as if {hours} h early: {inside:.0f} % of them fall within the "
        "opening hours of the terms; moved by that much, {moved:.0f} %.",
        "Dès le premier jour ({period_fr}), les contacts semblent avancés de {hours} h : {inside:.0f} % d'entre eux "
        "tombent dans les horaires du contrat ; décalés d'autant, ce serait {moved:.0f} %.",
    ),
    "clock_always_late": (
        "From the first day ({period}) contacts come as if {hours} h late: {inside:.0f} % of them fall within the "
        "opening hours of the terms; moved by that much, {moved:.0f} %.",
        "Dès le premier jour ({period_fr}), les contacts semblent retardés de {hours} h : {inside:.0f} % d'entre eux "
        "tombent dans les horaires du contrat ; décalés d'autant, ce serait {moved:.0f} %.",
    ),
    "clock_season_early": (
        "Whenever the clock of the terms is at {clock} ({period}), contacts come as if {hours} h early: {inside:.0f} % "
        "of them fall within the opening hours; moved by that much, {moved:.0f} %.",
        "Quand l'heure du contrat est à {clock} ({period_fr}), les contacts semblent avancés de {hours} h : "
        "{inside:.0f} % d'entre eux tombent dans les horaires ; décalés d'autant, ce serait {moved:.0f} %.",
    ),
    "clock_season_late": (
        "Whenever the clock of the terms is at {clock} ({period}), contacts come as if {hours} h late: {inside:.0f} % "
        "of them fall within the opening hours; moved by that much, {moved:.0f} %.",
        "Quand l'heure du contrat est à {clock} ({period_fr}), les contacts semblent retardés de {hours} h : "
        "{inside:.0f} % d'entre eux tombent dans les horaires ; décalés d'autant, ce serait {moved:.0f} %.",
    ),
    "volume_more": (
        "For {period}, {percent:.0f} % more contacts than {against} ({where}).",
        "Pour {period_fr}, {percent:.0f} % de contacts de plus que {against_fr} ({where_fr}).",
    ),
    "volume_less": (
        "For {period}, {percent:.0f} % fewer contacts than {against} ({where}).",
        "Pour {period_fr}, {percent:.0f} % de contacts de moins que {against_fr} ({where_fr}).",
    ),
    "zeros_report": (
        "The report has zeros for {period}, while {count:,} contacts were served.",
        "Le rapport indique zéro pour {period_fr}, alors que {count:,} contacts ont été traités.",
    ),
    "zeros_staffing": (
        "The staffing file has no worked second for {period}, while {count:,} contacts were served.",
        "Le fichier d'effectifs n'a aucune seconde travaillée pour {period_fr}, alors que {count:,} contacts "
        "ont été traités.",
    ),
    "identity_violated": (
        "In the report for {period}, {what} on {count} line(s): for instance {example}.",
        "Dans le rapport pour {period_fr}, {what_fr} sur {count} ligne(s) : par exemple {example}.",
    ),
    "impossible_duration": (
        "For {period}, {count} contact(s) last up to {hours:.0f} h.",
        "Pour {period_fr}, {count} contact(s) durent jusqu'à {hours:.0f} h.",
    ),
    "inconsistent_duration": (
        "For {period}, {count} contact(s) were talked with for longer than they lasted.",
        "Pour {period_fr}, {count} contact(s) ont une conversation plus longue que leur durée.",
    ),
    "scale_mismatch": (
        "For {period}, {metric} is {factor} times what it usually is on every line: another unit seems to "
        "have been used.",
        "Pour {period_fr}, {metric} vaut {factor} fois sa valeur habituelle sur chaque ligne : une autre "
        "unité semble employée.",
    ),
    "off_the_clock": (
        "For {period}, {metric} is {factor} times what the clock of the same contacts shows: another unit seems to "
        "have been used.",
        "Pour {period_fr}, {metric} vaut {factor} fois ce que montre l'horloge des mêmes contacts : une autre unité "
        "semble employée.",
    ),
    "constant_values": (
        "For {period}, {metric} is {value} on all {count} lines; it usually varies.",
        "Pour {period_fr}, {metric} vaut {value} sur les {count} lignes ; d'ordinaire elle varie.",
    ),
    "constant_shared": (
        "For {period}, {metric} is {value} on all {count} lines of {vendors} vendors: it seems to be filled in, not "
        "measured.",
        "Pour {period_fr}, {metric} vaut {value} sur les {count} lignes de {vendors} prestataires : la valeur semble "
        "renseignée d'office, non mesurée.",
    ),
    "blank_month": (
        "The report has no figure of {queue} for {period}, while the months before and after have.",
        "Le rapport n'a aucun chiffre de {queue} pour {period_fr}, alors que les mois d'avant et d'après en ont.",
    ),
    "blank_month_shared": (
        "The reports have no figure of {queue} for {period}, of any of the {count} vendors, while the months before "
        "and after have: look first for a common cause.",
        "Les rapports n'ont aucun chiffre de {queue} pour {period_fr}, pour aucun des {count} prestataires, alors que "
        "les mois d'avant et d'après en ont : chercher d'abord une cause commune.",
    ),
    "level_out_of_line": (
        "For {period}, {metric} is {here}; the month before it is {before}, the month after {after}.",
        "Pour {period_fr}, {metric} vaut {here} ; le mois d'avant {before}, le mois d'après {after}.",
    ),
    "everybody_replied": (
        "All but {silent} of {answered:,} contacts answered for {period} have a survey answer: usually most customers "
        "do not reply.",
        "Pour {period_fr}, tous les contacts traités sauf {silent} sur {answered:,} ont une réponse à l'enquête : "
        "d'ordinaire, la plupart des clients ne répondent pas.",
    ),
    "talk_without_answer": (
        "For {period}, {count:,} of {of:,} counted lines of calls that nobody answered have talk time.",
        "Pour {period_fr}, {count:,} lignes sur {of:,} d'appels non décrochés ont un temps de conversation.",
    ),
    "definition_unstated": (
        "The report does not say how {metric} is computed (printed as \u201c{label}\u201d).",
        "Le rapport ne dit pas comment {metric} est calculé (imprimé « {label} »).",
    ),
    "reported_differs": (
        "For {period}, reported and recomputed figures differ ({count:,}: {metrics}); most of all {metric} of {queue}"
        " on {day}: {reported} reported, {recomputed} recomputed.",
        "Pour {period_fr}, chiffres communiqués et recalculés diffèrent ({count:,} : {metrics}) ; surtout"
        " {metric} de {queue} le {day_fr} : {reported} communiqué, {recomputed} recalculé.",
    ),
    "reported_differs_counts": (
        "For {period}, reported figures don't follow from the counts printed beside them ({count:,}: {metrics});"
        " most of all {metric} of {queue} on {day}: {reported} reported, {recomputed} from its counts.",
        "Pour {period_fr}, des chiffres communiqués ne découlent pas des comptes imprimés à côté ({count:,} :"
        " {metrics}) ; surtout {metric} de {queue} le {day_fr} : {reported} communiqué, {recomputed} d'après"
        " ses comptes.",
    ),
    "reported_differs_counts_as": (
        "For {period}, reported figures don't follow from the counts printed beside them ({count:,}: {metrics});"
        " most of all {metric} of {queue} on {day}: {reported} reported, {recomputed} from its counts."
        " The reported figure is what \u201c{words}\u201d gives.",
        "Pour {period_fr}, des chiffres communiqués ne découlent pas des comptes imprimés à côté ({count:,} :"
        " {metrics}) ; surtout {metric} de {queue} le {day_fr} : {reported} communiqué, {recomputed} d'après"
        " ses comptes. Le chiffre communiqué est ce que donne « {words_fr} ».",
    ),
    "reported_differs_as": (
        "For {period}, {metric} is reported {size} {side} the one recomputed under the terms, on {count:,} lines;"
        " {fits:,} of {periods:,} reported figures are what \u201c{words}\u201d gives.",
        "Pour {period_fr}, {metric} est communiqué {size} {side_fr} de celui recalculé selon le contrat, sur"
        " {count:,} lignes ; {fits:,} chiffres sur {periods:,} sont ceux que donne « {words_fr} ».",
    ),
    "definition_changed": (
        "From {day} on, {metric} is no longer computed as before: \u201c{new}\u201d reproduces {fits:,} of {periods:,}"
        " figures, the terms {terms_fits:,}; before it was \u201c{old}\u201d.",
        "À partir du {day_fr}, {metric} n'est plus calculé comme avant : « {new_fr} » reproduit {fits:,}"
        " chiffres sur {periods:,}, le contrat {terms_fits:,} ; auparavant c'était « {old_fr} ».",
    ),
    "not_verifiable_no_source": (
        "Figures by {span} reported for {period} can't be recomputed ({metrics}): "
        "nothing that is delivered holds them.",
        "Les chiffres par {span_fr} communiqués pour {period_fr} ne peuvent pas être recalculés ({metrics}) : "
        "rien de ce qui est livré ne les contient.",
    ),
    "not_verifiable_calendar_days": (
        "Figures by {span} reported for {period} can't be recomputed ({metrics}): reporting days begin at another hour "
        "than midnight, and what they are computed from is known by calendar date only.",
        "Les chiffres par {span_fr} communiqués pour {period_fr} ne peuvent pas être recalculés ({metrics}) : les "
        "jours de référence commencent à une autre heure que minuit, et ce dont ils sont tirés n'est connu que par "
        "date.",
    ),
    "not_verifiable_no_definition": (
        "Figures by {span} reported for {period} can't be recomputed ({metrics}): "
        "neither the terms nor the report say how.",
        "Les chiffres par {span_fr} communiqués pour {period_fr} ne peuvent pas être recalculés ({metrics}) : "
        "ni le contrat ni le rapport ne les définit.",
    ),
    "not_verifiable_waits_unknown": (
        "Figures by {span} reported for {period} can't be recomputed ({metrics}): "
        "the waits of many contacts are not known.",
        "Les chiffres par {span_fr} communiqués pour {period_fr} ne peuvent pas être recalculés ({metrics}) : "
        "les attentes de beaucoup de contacts sont inconnues.",
    ),
    "not_verifiable_customers_unknown": (
        "Figures by {span} reported for {period} can't be recomputed ({metrics}): "
        "contacts don't say which customer they are of.",
        "Les chiffres par {span_fr} communiqués pour {period_fr} ne peuvent pas être recalculés ({metrics}) : "
        "les contacts ne disent pas de quel client ils sont.",
    ),
    "not_verifiable_not_delivered": (
        "Figures by {span} reported for {period} can't be recomputed ({metrics}): "
        "what they are computed from is not delivered.",
        "Les chiffres par {span_fr} communiqués pour {period_fr} ne peuvent pas être recalculés ({metrics}) : "
        "ce dont ils sont tirés n'est pas livré.",
    ),
    "not_verifiable_no_demand": (
        "Figures by {span} reported for {period} can't be recomputed ({metrics}): there is nothing to divide by.",
        "Les chiffres par {span_fr} communiqués pour {period_fr} ne peuvent pas être recalculés ({metrics}) : "
        "il n'y a rien par quoi diviser.",
    ),
    "not_verifiable": (
        "Figures are reported for {period} ({metrics}), but no contact has come with which to check them.",
        "Des chiffres sont communiqués pour {period_fr} ({metrics}), mais aucun contact n'est arrivé pour les "
        "vérifier.",
    ),
    "conflicting_rows": (
        "{count} contact(s) stand several times in {file} with different contents, and nothing says which is right.",
        "{count} contact(s) figurent plusieurs fois dans {file} avec des contenus différents, sans que rien "
        "ne dise lequel est juste.",
    ),
    "versions_in_file": (
        "{count} contact(s) stand several times in {file}; the latest update counts.",
        "{count} contact(s) figurent plusieurs fois dans {file} ; la dernière mise à jour compte.",
    ),
    "wrong_day": (
        "{file} holds only rows that came before in {other}: it seems to be the file of another day.",
        "{file} ne contient que des lignes déjà reçues dans {other_fr} : ce semble être le fichier d'un autre jour.",
    ),
    "impossible_figure": (
        "{metric} of {printed} % for {period} cannot come from the count stated ({n}): please send the raw file.",
        "{metric} de {printed} % pour {period_fr} ne peut pas provenir du compte indiqué ({n_fr}) : merci d'envoyer le "
        "fichier brut.",
    ),
    "impossible_figures": (
        "{count} values of {metric} for {period} cannot come from the counts beside them, such as {printed} % of {n}: "
        "please send the raw file.",
        "{count} valeurs de {metric} pour {period_fr} ne peuvent pas provenir des effectifs indiqués, comme "
        "{printed} % de {n_fr} : merci d'envoyer le fichier brut.",
    ),
    "copied_figures": (
        "The figures of {period} equal those of {other} on {count} lines.",
        "Les chiffres de {period_fr} sont égaux à ceux du {other_fr} sur {count} lignes.",
    ),
    "rounded_figures": (
        "{share:.0f} % of the printed values of {metric} end in 0; about {usual:.0f} % would by chance.",
        "{share:.0f} % des valeurs imprimées de {metric} finissent par 0 ; le hasard en donnerait environ "
        "{usual:.0f} %.",
    ),
    "too_smooth": (
        "{metric} varies less for {period} than chance alone makes it vary ({ratio:.2f} of that).",
        "{metric} varie moins pour {period_fr} que le seul hasard ne le ferait varier ({ratio:.2f} fois cela).",
    ),
    "threshold_heaping": (
        "For {period}, {after} answers in the {width} s after the threshold of {threshold} s for {before} "
        "just before it.",
        "Pour {period_fr}, {after} réponses dans les {width} s après le seuil de {threshold} s, contre "
        "{before} juste avant.",
    ),
    "queue_jumping": (
        "For {period}, {percent:.1f} % of the answered waited while a later caller was answered, most of "
        "them past the threshold.",
        "Pour {period_fr}, {percent:.1f} % des appels décrochés ont attendu alors qu'un appel plus récent "
        "était pris, la plupart au-delà du seuil.",
    ),
    "short_contacts": (
        "For {period}, {share:.1f} % of the answered calls of {where} were over within {limit} s ({usual:.1f} % would "
        "be usual); who ended them is not stated.",
        "Pour {period_fr}, {share:.1f} % des appels décrochés de {where} ont duré moins de {limit} s ({usual:.1f} % "
        "seraient habituels) ; on ne sait pas qui y a mis fin.",
    ),
    "short_contacts_by_agent": (
        "For {period}, {share:.1f} % of the answered calls of {where} were over within {limit} s ({usual:.1f} % would "
        "be usual); agents ended {agents:.0f} % of them first.",
        "Pour {period_fr}, {share:.1f} % des appels décrochés de {where} ont duré moins de {limit} s ({usual:.1f} % "
        "seraient habituels) ; l'agent a raccroché le premier dans {agents:.0f} % des cas.",
    ),
    "unusual_handle_time": (
        "For {period}, contacts of {where} took {percent:.0f} % {side} than usual: {seconds:.0f} s instead of about "
        "{usual:.0f} s.",
        "Pour {period_fr}, les contacts de {where} ont été {percent:.0f} % plus {side_fr} que d'habitude : "
        "{seconds:.0f} s au lieu d'environ {usual:.0f} s.",
    ),
    "unusual_handle_time_common": (
        "For {period}, contacts of {where} took {percent:.0f} % {side} than usual: {seconds:.0f} s instead of about "
        "{usual:.0f} s. The same at {others}: look first for a common cause (a product, a procedure).",
        "Pour {period_fr}, les contacts de {where} ont été {percent:.0f} % plus {side_fr} que d'habitude : "
        "{seconds:.0f} s au lieu d'environ {usual:.0f} s. De même chez {others} : chercher d'abord une cause commune "
        "(produit, procédure).",
    ),
    "unusual_service": (
        "For {period}, the service level of {where} was {value:.1f} %, {points:.0f} points from its usual "
        "{usual:.0f} %.",
        "Pour {period_fr}, le taux de service de {where} était de {value:.1f} %, à {points:.0f} points de ses "
        "{usual:.0f} % habituels.",
    ),
    "unusual_service_cause": (
        "For {period}, the service level of {where} was {value:.1f} %, {points:.0f} points from its usual "
        "{usual:.0f} %. What weighs most, as modelled: {cause}.",
        "Pour {period_fr}, le taux de service de {where} était de {value:.1f} %, à {points:.0f} points de ses "
        "{usual:.0f} % habituels. Ce qui pèse le plus, selon le modèle : {cause_fr}.",
    ),
    "interval_breach": (
        "On {day} from {begin} to {end}, {good} of {count} contacts of {where} were served in time ({usual:.0f} % are "
        "usual); the longest wait was {minutes:.0f} min.",
        "Le {day_fr} de {begin} à {end}, {good} contacts sur {count} de {where} ont été traités à temps ({usual:.0f} % "
        "d'habitude) ; l'attente la plus longue a été de {minutes:.0f} min.",
    ),
    "survey_offer_bias": (
        "Customers whose contact was {outcome} are asked for their opinion less often: {low:.0f} % against "
        "{high:.0f} %.",
        "Les clients dont le contact était {outcome_fr} sont moins souvent interrogés : {low:.0f} % contre "
        "{high:.0f} %.",
    ),
    "survey_response_gap": (
        "For {period} no survey about {about} has come; about {count:.0f} would be usual.",
        "Pour {period_fr}, aucune enquête sur {about} n'est arrivée ; environ {count:.0f} seraient habituelles.",
    ),
    "clause_missed": (
        "{metric}: {value} for {period} (n {contacts:,}); the clause {clause} asks for {target}. What was the cause, "
        "and is it over?",
        "{metric} : {value} pour {period_fr} (n {contacts:,}) ; la clause {clause} demande {target}. Quelle en "
        "était la cause, et est-elle levée ?",
    ),
    "clause_missed_often": (
        "{metric}: the {target} of clause {clause} were missed in {count} periods in a row, {period}; at worst {value} "
        "(n {contacts:,} in all). What is the cause, and is it over?",
        "{metric} : les {target} de la clause {clause} n'ont pas été atteints pendant {count} périodes de suite, "
        "{period_fr} ; au pire {value} (n {contacts:,} en tout). Quelle en est la cause, et est-elle levée ?",
    ),
    "invoice_more": (
        "Invoice {invoice} for {period} bills {amount} {currency} more than the work gives, {share} % of {lines} "
        "of its {of} lines.",
        "La facture {invoice} pour {period_fr} dépasse de {amount} {currency} ce que donne le travail, soit "
        "{share} % de {lines} de ses {of} lignes.",
    ),
    "invoice_less": (
        "Invoice {invoice} for {period} bills {amount} {currency} less than the work gives, {share} % of {lines} "
        "of its {of} lines.",
        "La facture {invoice} pour {period_fr} est inférieure de {amount} {currency} à ce que donne le travail, "
        "soit {share} % de {lines} de ses {of} lignes.",
    ),
}

#: The same gap at several vendors at once: one cause is likely, and it need not be theirs.
_COMMON = (
    " The same at {others}: look first for a common cause (holiday, outage, the client's own systems).",
    " De même chez {others} : chercher d'abord une cause commune (jour férié, panne, systèmes du donneur d'ordre).",
)
for _name in ("missing_day", "missing_interval", "missing_stretch"):
    SENTENCES[f"{_name}_common"] = (SENTENCES[_name][0] + _COMMON[0], SENTENCES[_name][1] + _COMMON[1])


class Words(TypedDict):
    """A finding in words, in both languages."""

    sentence: str
    sentence_fr: str


class _French(Formatter):
    """Fills French templates: numbers as French writes them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        told: str = super().format_field(value, format_spec)
        return french_figures(told) if isinstance(value, int | float | Decimal) else told


def french_figures(text: str) -> str:
    """``1,234.5 %`` as French writes it."""
    grouped = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "\N{NARROW NO-BREAK SPACE}", text)
    return _french_percent(re.sub(r"(?<=\d)\.(?=\d)", ",", grouped))


def _french_percent(text: str) -> str:
    return text.replace(" %", "\N{NARROW NO-BREAK SPACE}%")


def sentence(kind: str, **facts: Any) -> Words:
    """Both sentences of a kind, as the keyword arguments of a ``Finding``."""
    english, french = SENTENCES[kind]
    return {
        "sentence": _begun(english, english.format(**_in_words(facts, "en"))),
        "sentence_fr": _begun(french, _French().format(_french_percent(french), **_in_words(facts, "fr"))),
    }


def _begun(template: str, told: str) -> str:
    """A sentence that begins with a metric's name has its first letter large."""
    return told[:1].upper() + told[1:] if template.startswith("{metric}") else told


#: Facts that are figures already written out, the English way; French writes them in its own.
FIGURES = (
    "printed", "value", "size", "reported", "recomputed", "here", "before", "after", "expected", "observed", "hours",
    "factor", "example", "target", "amount", "share", "n_fr", "old_fr", "new_fr", "words_fr",
)  # fmt: skip
#: So many metrics are named in a sentence; the evidence has all.
FEW = 5

#: Feeds as people call them.
FEEDS: dict[str, dict[Language, str]] = {
    "contacts": {"en": "contacts", "fr": "contacts"},
    "surveys": {"en": "survey", "fr": "d'enquêtes"},
    "refunds": {"en": "refunds", "fr": "de remboursements"},
    "sla_report": {"en": "service-level report", "fr": "de rapport de service"},
    "staffing": {"en": "staffing", "fr": "d'effectifs"},
    "orders": {"en": "orders", "fr": "de commandes"},
    "invoices": {"en": "invoice", "fr": "de factures"},
}


def _in_words(facts: dict[str, Any], language: Language) -> dict[str, Any]:
    """The facts with feeds and metrics under the names that people use, in French with its figures."""
    named = dict(facts)
    if facts.get("feed") in FEEDS:
        named["feed"] = FEEDS[facts["feed"]][language]
    if "metric" in facts:
        named["metric"] = metric_words(str(facts["metric"]), language)
    if "metrics" in facts:
        named["metrics"] = _listed([metric_words(one, language) for one in facts["metrics"]], language)
    if language == "fr":
        named |= {key: french_figures(facts[key]) for key in FIGURES if isinstance(facts.get(key), str)}
    return named


def metric_words(metric: str, language: Language) -> str:
    """A metric's name inside a sentence."""
    english, french = metric_name(metric)
    name = french if language == "fr" else english
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _listed(names: list[str], language: Language) -> str:
    """The first few names, and how many more there are."""
    told, more = ", ".join(names[:FEW]), len(names) - FEW
    if more <= 0:
        return told
    return f"{told} et {more} autre{'s' if more > 1 else ''}" if language == "fr" else f"{told} and {more} more"


#: The granularities of reported figures, after "by" and "par".
_SPANS = {
    "interval": ("interval", "intervalle"), "hour": ("hour", "heure"), "day": ("day", "jour"),
    "week": ("week", "semaine"), "month": ("month", "mois"), "quarter": ("quarter", "trimestre"),
    "year": ("year", "an"),
}  # fmt: skip


def span_words(granularity: str) -> dict[str, str]:
    """A granularity in words, for both languages."""
    english, french = _SPANS.get(granularity, (granularity, granularity))
    return {"span": english, "span_fr": french}


def period_words(first: date | None, last: date | None) -> dict[str, str]:
    """A period in words, for both languages: a day, or from one to another."""
    if first is None or last is None:
        return {"period": "an unknown period", "period_fr": "une période inconnue"}
    if first == last:
        return {"period": day_words(first), "period_fr": f"le {first:%d/%m/%Y}"}
    return {
        "period": f"{day_words(first)} to {day_words(last)}",
        "period_fr": f"la période du {first:%d/%m/%Y} au {last:%d/%m/%Y}",
    }


def day_words(day: date) -> str:
    """``9 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"
