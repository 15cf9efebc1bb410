"""The reasoning behind a finding, and innocent causes of it, in French: detectors write them in English.

A test holds that everything a detector says is here.
"""

from __future__ import annotations

import re

FRENCH = {
    "a rule that spares customers with an open complaint": "une règle qui épargne les clients ayant une réclamation "
    "en cours",
    "channels without a survey": "des canaux sans enquête",
    "customers who were asked a short time before": "des clients déjà interrogés peu avant",
    "Mantel-Haenszel within queue and month": "Mantel-Haenszel par file et par mois",
    "Contacts went on and surveys about other vendors came: asking stopped for this one.": "Les contacts ont continué "
    "et les enquêtes sur d'autres prestataires sont arrivées : on a cessé d'interroger pour celui-ci.",
    "the survey tool lost the vendor's queues": "l'outil d'enquête a perdu les files du prestataire",
    "a pause that was agreed": "une pause convenue",
    "The day's profile moved by this many hours fits far better than as it is.": "Le profil de la journée, décalé "
    "d'autant d'heures, correspond bien mieux que tel quel.",
    "a change of clocks that an export did not follow": "un changement d'heure que l'export n'a pas suivi",
    "opening hours that were moved": "des horaires d'ouverture déplacés",
    "Moved by this many hours, far more contacts lie within the opening hours of the terms.": "Décalés d'autant "
    "d'heures, bien plus de contacts tombent dans les horaires d'ouverture du contrat.",
    "The distance changes with summer time: the export's clock does not.": "L'écart change avec l'heure d'été : "
    "l'horloge de l'export, non.",
    "a feed declared in another zone than its export is in": "un flux déclaré dans un autre fuseau que celui de son "
    "export",
    "opening hours in the terms that are not those that were kept": "des horaires du contrat qui ne sont pas ceux "
    "qui ont été tenus",
    "terms whose hours are written in another zone": "un contrat dont les horaires sont écrits dans un autre fuseau",
    "agents who did not hang up": "des agents qui n'ont pas raccroché",
    "a recording that ended late": "un enregistrement terminé trop tard",
    "GRIM: no whole number over this count rounds to the printed share": "GRIM : aucun nombre entier rapporté à cet "
    "effectif ne s'arrondit au pourcentage imprimé",
    "another denominator than the one printed": "un autre dénominateur que celui qui est imprimé",
    "rounding in two steps": "un arrondi en deux temps",
    "a weighted mean": "une moyenne pondérée",
    "a template that was sent before it was filled in": "un modèle envoyé avant d'être rempli",
    "a figure typed in by hand": "un chiffre saisi à la main",
    "a system that rounds to whole percent": "un système qui arrondit au pourcentage entier",
    "a figure that is smoothed over weeks": "un chiffre lissé sur plusieurs semaines",
    "a target printed instead of a result": "un objectif imprimé à la place d'un résultat",
    "a priority that rises before the threshold by the client's own wish": "une priorité qui monte avant le seuil à "
    "la demande du donneur d'ordre",
    "overflow to other agents at the threshold": "un débordement vers d'autres agents au seuil",
    "waits that a system cuts off there": "des attentes qu'un système interrompt à cet endroit",
    "priorities or skills that the file does not state": "des priorités ou compétences que le fichier n'indique pas",
    "call-backs that keep their place": "des rappels qui gardent leur place",
    "agents who serve only some of the queue's contacts": "des agents qui ne servent qu'une partie de la file",
    "contacts answered on another day than they came": "des contacts traités un autre jour que leur arrivée",
    "transfers counted twice": "des transferts comptés deux fois",
    "a column that was formatted as a share": "une colonne mise au format d'une part",
    "a report from another system": "un rapport d'un autre système",
    "a default that the report shows where the figure is not computed": "une valeur par défaut affichée là où le "
    "chiffre n'est pas calculé",
    "contacts are not part of the terms": "le contrat ne prévoit pas l'envoi des contacts",
    "Public holidays, closed hours and days after the vendor's last one are not counted.": "Jours fériés, heures de "
    "fermeture et jours après le dernier du prestataire ne sont pas comptés.",
    "The usual bias of the comparison is taken out; weeks with gaps are compared without them.": "Le biais habituel "
    "de la comparaison est retiré ; les semaines incomplètes sont comparées sans leurs trous.",
    "a promotion or an incident that the forecast did not know of": "une promotion ou un incident que la prévision "
    "ignorait",
    "work moved between vendors": "du travail transféré entre prestataires",
    "Contacts of the same days were served, or are practically certain by the queue's history.": "Des contacts de ces "
    "jours ont été traités, ou sont presque certains d'après l'historique de la file.",
    "an export that ran before its figures were there": "un export lancé avant que ses chiffres n'existent",
    "blanks written as zeros": "des blancs écrits comme des zéros",
    "no file has come for this period": "aucun fichier n'est arrivé pour cette période",
    "another report template": "un autre modèle de rapport",
    "a new telephone system with other defaults": "un nouveau système téléphonique avec d'autres réglages",
    "a change agreed by word": "un changement convenu oralement",
    "another export than the contacts came from": "un autre export que celui des contacts",
    "a sheet that was not filled in": "une feuille qui n'a pas été remplie",
    "a month that nobody collected": "un mois que personne n'a recueilli",
    "The months before and after agree with each other, and this one with neither.": "Les mois d'avant et d'après "
    "concordent entre eux, et celui-ci avec aucun.",
    "figures of another operator or service in the cell": "les chiffres d'un autre opérateur ou service",
    "a correction booked in one month": "une correction passée en un mois",
    "a price or a target that is fixed": "un prix ou un objectif fixe",
    "a value filled in for all where none was known": "une valeur renseignée pour tous faute de la connaître",
    "a survey that the agent fills in with the customer": "une enquête que l'agent remplit avec le client",
    "contacts without an answer that were left out of the file": "des contacts sans réponse absents du fichier",
    "calls that rang on and were answered elsewhere": "des appels repris ailleurs",
    "ringing time counted as talk": "une sonnerie comptée comme conversation",
    "a count that was corrected after the rate was printed": "un effectif corrigé après l'impression du taux",
    "a rate of other counts than those beside it": "un taux d'autres effectifs que ceux d'à côté",
    "figures taken before the day was complete": "des chiffres pris avant la fin de la journée",
    "lines that drop, or a headset that fails": "des lignes coupées, ou un casque défaillant",
    "wrong numbers and automatic diallers": "des faux numéros et des automates d'appel",
    "calls handed over before a word is said": "des appels transférés avant un mot",
    "a change of the work itself that every operation sees": "un changement du travail lui-même, que tous constatent",
    "contacts moved from another queue": "des contacts venus d'une autre file",
    "a week with a holiday or an outage": "une semaine avec un jour férié ou une panne",
    "Held against the median of the thirteen weeks before and after.": "Comparé à la médiane des treize semaines "
    "d'avant et d'après.",
    "Held against the median of the thirteen weeks before and after; parts are modelled.": "Comparé à la "
    "médiane des treize semaines d'avant et d'après ; les parts sont modélisées.",
    "a new product or procedure": "un nouveau produit ou une nouvelle procédure",
    "harder contacts": "des contacts plus difficiles",
    "new agents who still learn": "de nouveaux agents encore en formation",
    "an outage of a system or a line": "une panne d'un système ou d'une ligne",
    "a wave of contacts after an incident": "une vague de contacts après un incident",
    "volume beyond the plan": "un volume au-delà de la prévision",
    "longer contacts after a launch": "des contacts plus longs après un lancement",
    "a change that both sides agreed on": "un changement convenu entre les deux parties",
    "work that the contacts don't show": "du travail que les contacts ne montrent pas",
    "a price agreed by word": "un prix convenu oralement",
    "another cut of the month": "une autre coupure du mois",
}

#: What was expected and what came, by its form.
_FACTS = (
    ("every row readable", "chaque ligne lisible"),
    ("none", "aucun"),
    ("each row once", "chaque ligne une seule fois"),
    ("rows as first sent", "les lignes telles qu'envoyées d'abord"),
    (r"corrections within (\d+) days", r"des corrections sous \1 jours"),
    ("the columns of earlier files", "les colonnes des fichiers précédents"),
    ("a file that its mapping fits", "un fichier conforme au format déclaré"),
    ("the same content", "le même contenu"),
    ("0 everywhere", "0 partout"),
    ("figures, or blanks where there are none", "des chiffres, ou des blancs s'il n'y en a pas"),
    ("the figures of its own period", "les chiffres de sa propre période"),
    ("an earlier file", "un fichier antérieur"),
    ("figures of their own", "des chiffres propres"),
    ("a definition beside the figure", "une définition à côté du chiffre"),
    (r"(\d+) of (\d+) rows", r"\1 lignes sur \2"),
    (r"(\d+) rows changed", r"\1 lignes modifiées"),
    (r"(\d+) of (\d+) rows differ under one key", r"\1 lignes sur \2 diffèrent sous une même clé"),
    (r"about ([\d,.]+) contacts", r"environ \1 contacts"),
    (r"about ([\d,.]+ s) per contact", r"environ \1 par contact"),
    (r"about ([\d,.]+ %) under (\d+) s", r"environ \1 sous \2 s"),
    (r"about ([\d,.]+(?: %| s)?)", r"environ \1"),
    (r"([\d,.]+ %) of (\d+) within the threshold", r"\1 de \2 dans le seuil"),
    (r"(\d+) of (\d+)", r"\1 sur \2"),
    (r"(\d+) of (\d+) lines", r"\1 lignes sur \2"),
    (r"at most ([\d.]+ %)", r"au plus \1"),
    (r"between ([\d,.]+) and ([\d,.]+)", r"entre \1 et \2"),
    (r"([\d.]+ %) ending in 0", r"\1 finissant par 0"),
    ("at least the variation that chance gives", "au moins la variation due au hasard"),
    (r"([\d.]+) of it", r"\1 de celle-ci"),
    ("a part of the customers asked", "une partie des clients interrogés"),
    ("parts within the whole", "des parties contenues dans le tout"),
    ("no talk time without an answer", "pas de conversation sans réponse"),
    ("contacts behind the figures", "des contacts derrière les chiffres"),
    ("figures, as in the months before and after", "des chiffres, comme les mois d'avant et d'après"),
    (r"by (.+ UTC)", r"au plus tard le \1"),
    (r"(\d+) by (.+ UTC)", r"\1 au plus tard le \2"),
    (r"the content of (.+)", r"le contenu de \1"),
    ("not readable", "illisible"),
    (r"([\d.–]+) h early", r"\1 h trop tôt"),
    (r"([\d.–]+) h late", r"\1 h trop tard"),
    ("arrivals within the opening hours of the terms", "des arrivées pendant les horaires du contrat"),
    ("arrivals at the usual times of day", "des arrivées aux heures habituelles"),
    (r"(.+) on (\d+) lines", r"\1 sur \2 lignes"),
    ("values that vary", "des valeurs qui varient"),
    (r"(\d+) of (\d+) lines equal those of (\S+)", r"\1 lignes sur \2 égales à celles du \3"),
    ("none stated", "aucune indiquée"),
    ("figures that can be recomputed", "des chiffres qui peuvent être recalculés"),
    (r"none of (\d+) metric\(s\)", r"aucun, pour \1 indicateur(s)"),
    ("the formula behind the figure", "la formule du chiffre"),
    ("counts that add up", "des effectifs cohérents"),
    (r"(\d+) contact\(s\), up to ([\d.]+) h", r"\1 contact(s), jusqu'à \2 h"),
    ("less than a shift", "moins qu'une vacation"),
    (r"([\d.]+ %), and (\d+) more", r"\1, et \2 autres"),
    (r"a share of (.+)", r"une part de \1"),
    (r"([\d.]+ %) overtaken", r"\1 dépassés"),
    (r"at most ([\d.]+ %) overtaken", r"au plus \1 dépassés"),
    (r"the definition of the terms \((.+)\)", r"la définition du contrat (\1)"),
    (r"([\d.]+ %) against ([\d.]+ %)", r"\1 contre \2"),
    ("the same share asked, whatever came of the contact", "la même part interrogée, quelle que soit l'issue"),
    (r"about (\d+) surveys about (.+)", r"environ \1 enquêtes sur \2"),
    (r"(\d+) after, (\d+) before", r"\1 après, \2 avant"),
    (r"(\d+) answers just after the threshold, or more", r"\1 réponses juste après le seuil, ou plus"),
)

_PATTERNS = (
    *((re.compile(english), french) for english, french in _FACTS),
    (
        re.compile(r"The same weekdays and times let ([\d,]+) contacts be expected; none came\."),
        r"Les mêmes jours et heures laissaient attendre \1 contacts ; aucun n'est arrivé.",
    ),
    (re.compile(r"(.+) could not be taken in \((\w+)\)"), r"\1 n'a pas pu être intégré (\2)"),
)


def in_french(text: str) -> str:
    """A reason in French; several sentences one by one. What nobody has translated stays in English."""
    if text in FRENCH:
        return FRENCH[text]
    for pattern, french in _PATTERNS:
        if pattern.fullmatch(text):
            return pattern.sub(french, text)
    sentences = re.split(r"(?<=\.) (?=[A-Z])", text)
    return " ".join(in_french(one) for one in sentences) if len(sentences) > 1 else text
