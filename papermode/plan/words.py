"""The words that papermode itself prints, by language, and how dates and times are written.

Dates are ``dd-Mmm-yyyy`` and 24-hour times from own month tables: locale short dates are ambiguous
(03/12/2031) and CLDR month names collide or carry full stops (NHS CUI, ISB 1501/1503; print.md 8).
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

MONTHS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("Jan", "Fév", "Mar", "Avr", "Mai", "Juin", "Juil", "Août", "Sep", "Oct", "Nov", "Déc"),
}
DAYS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lu", "ma", "me", "je", "ve", "sa", "di"),
}

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "mrn": "MRN",
        "born": "Born",
        "born_unknown": "Birth date NOT IN DATA",
        "age_y": "y",
        "age_m": "months",
        "age_d": "days",
        "male": "male",
        "female": "female",
        "other": "other",
        "unknown": "sex unknown",
        "ward": "Ward",
        "bed": "Bed",
        "no_bed": "no bed",
        "no_ward": "UNASSIGNED",
        "encounter": "Enc",
        "data": "DATA",
        "printed": "Printed",
        "page": "Page",
        "of": "of",
        "form": "Form",
        "allergies": "ALLERGIES",
        "see_page_1": "SEE PAGE 1",
        "n_allergies": "{n} ALLERGIES: SEE PAGE 1",
        "no_known_allergies": "NO KNOWN ALLERGIES (recorded as such)",
        "allergies_not_recorded": "NOT RECORDED – unknown is not none: ASK",
        "allergies_unavailable": "NOT AVAILABLE AT {time} – ASK",
        "allergies_partial": "INCOMPLETE AT {time} – ASK",
        "code_status": "CODE STATUS",
        "code_not_recorded": "not in data",
        "as_charted": "as charted; a signed order rules",
        "isolation": "ISOLATION",
        "isolation_none": "none in data",
        "weight": "WEIGHT",
        "weight_unknown": "NOT IN DATA",
        "name_alert": "NAME ALERT: another patient has the same or a similar name",
        "not_available": "NOT AVAILABLE AT {time}: {why}",
        "incomplete": "INCOMPLETE AT {time}: {why}",
        "none_recorded": "none recorded in the data",
        "none_missing": "nothing is known to be missing",
        "unreadable": "unreadable records: {n}",
        "more": "▶ {n} more: continuation page",
        "more_short": "▶ +{n}",
        "too_long": "▶ see continuation page",
        "continued": "continued",
        "continued_mark_above": "(continued, mark above)",
        "downtime_copy": "DOWNTIME COPY – not the legal record until filed",
        "correction": "Correction: one line through, initials, and the V mark of that entry. Never black out.",
        "packet": "Packet",
        "serial": "page",
        "label_patient": "leave empty: no label, no writing here",
        "label_unbound": "LABEL, or write NAME and BIRTH DATE",
        "label_ward": "ward page: no label",
        "notes": "Notes",
        "notes_hint": "Blank side of this patient's set: write here if needed, with time and initials.",
        "time_not_in_data": "TIME NOT IN DATA",
        "calculated": "calculated",
        "site standard time": "site standard time",
        "order": "ordered",
        "not_due": "not due on this sheet",
        "reserved": "RESERVED NUMBER",
        "copy_master": "COPY MASTER – photocopy freely",
        "unbound": "NOT BOUND TO A PATIENT",
        "mother": "Mother",
        "formerly": "formerly",
        "deceased": "DECEASED",
        "restricted": "RESTRICTED RECORD – SEALED SET",
        "birth_order": "Multiple birth, order",
        "born_at": "born at",
        "could_not_read": "COULD NOT BE READ",
        "problem_page": "What could not be printed or read",
        "all_patients": "ward page",
        "missing_chars": "Characters without a font are printed as [U+XXXX].",
        "interpreter": "interpreter needed",
        "first": "first",
        "last_given": "last given",
        "none_24h": "none in the last 24 h",
        "due": "DUE",
        "one_dose": "ONE DOSE: given already? ASK",
        "overdue": "MISSED? ASK",
        "on_hold": "ON HOLD",
        "shift_day": "Shift 1",
        "shift_night": "Shift 2",
        "total_24h": "24 hours",
        "measured": "measured",
        "estimated": "estimated",
        "stated": "stated",
        "how_unknown": "how known: not in data",
        "given": "given",
        "criticality": "criticality {level}",
        "reference": "ref {range}",
        "since": "since {when}",
        "line": "line {number}",
        "for": "for {what}",
        "not_within": "not within {span}",
        "in_24h": "{most} in 24 h",
        "hold": "HOLD",
        "limits": "LIMITS",
        "target": "TARGET",
        "start": "start {when}",
        "stop": "stop {when}",
        "review": "review {when}",
        "rate_ordered": "ordered {rate}",
        "rate_was": "was {rate} at {when}",
        "rate_unknown": "RATE NOT IN DATA",
        "read_the_pump": "READ THE PUMP",
        "scale_unknown": "SCALE NOT IN DATA – ask the prescriber",
        "or_more": "{value} or more",
        "up_to": "up to {value}",
        "as_written": "as written: {text}",
        "dose_unknown": "DOSE NOT IN DATA",
        "next": "next {when}",
        "infusion": "INFUSION",
        "insulin": "INSULIN",
        "high_alert": "HIGH ALERT",
        "airway": "O₂ / airway",
        "glucose": "Glucose",
        "systolic": "systolic",
        "diastolic": "diastolic",
        "pulse": "pulse",
        "resp": "resp",
        "diet": "Diet",
        "device": "Line",
        "part_allergies": "allergies",
        "part_medications": "medications",
        "part_administrations": "administrations",
        "part_code_status": "code status",
        "part_care_team": "care team",
        "part_contacts": "contacts",
        "part_diet": "diet",
        "part_devices": "devices",
        "part_heights": "heights",
        "part_consents": "consents",
        "part_notes": "notes",
        "no_reason": "no reason given",
        "also_known_as": "Also known as: {name}",
        "here_because": "Here because: {reason}",
        "under": "under {who}",
        "language": "Language: {spoken}",
        "name_alert_short": "NAME ALERT",
        "restricted_short": "RESTRICTED",
        "limits_of_treatment": "LIMITS OF TREATMENT",
        "no_pages": "NO PAGES FOR THIS PATIENT COULD BE PRINTED",
        "allergies_elsewhere": "ALLERGIES: not on this page – ASK",
    },
    "fr": {
        "mrn": "IPP",
        "born": "Né(e)",
        "born_unknown": "Date de naissance ABSENTE DES DONNÉES",
        "age_y": "ans",
        "age_m": "mois",
        "age_d": "jours",
        "male": "homme",
        "female": "femme",
        "other": "autre",
        "unknown": "sexe inconnu",
        "ward": "Unité",
        "bed": "Lit",
        "no_bed": "sans lit",
        "no_ward": "SANS UNITÉ",
        "encounter": "Séjour",
        "data": "DONNÉES",
        "printed": "Imprimé",
        "page": "Page",
        "of": "sur",
        "form": "Formulaire",
        "allergies": "ALLERGIES",
        "see_page_1": "VOIR PAGE 1",
        "n_allergies": "{n} ALLERGIES : VOIR PAGE 1",
        "no_known_allergies": "PAS D'ALLERGIE CONNUE (noté ainsi)",
        "allergies_not_recorded": "NON RENSEIGNÉ – inconnu n'est pas aucun : DEMANDER",
        "allergies_unavailable": "INDISPONIBLE À {time} – DEMANDER",
        "allergies_partial": "INCOMPLET À {time} – DEMANDER",
        "code_status": "LIMITATIONS",
        "code_not_recorded": "absent des données",
        "as_charted": "tel que saisi ; l'ordre signé prévaut",
        "isolation": "ISOLEMENT",
        "isolation_none": "aucun dans les données",
        "weight": "POIDS",
        "weight_unknown": "ABSENT DES DONNÉES",
        "name_alert": "HOMONYMIE : un autre patient a un nom identique ou proche",
        "not_available": "INDISPONIBLE À {time} : {why}",
        "incomplete": "INCOMPLET À {time} : {why}",
        "none_recorded": "rien de noté dans les données",
        "none_missing": "rien ne manque, que l'on sache",
        "unreadable": "enregistrements illisibles : {n}",
        "more": "▶ {n} de plus : page de suite",
        "more_short": "▶ +{n}",
        "too_long": "▶ voir page de suite",
        "continued": "suite",
        "continued_mark_above": "(suite, cocher au-dessus)",
        "downtime_copy": "COPIE DE SECOURS – pas le dossier légal avant intégration",
        "correction": "Correction : un trait, initiales et la case V de cette ligne. Ne jamais noircir.",
        "packet": "Lot",
        "serial": "page",
        "label_patient": "laisser vide : ni étiquette ni écriture",
        "label_unbound": "ÉTIQUETTE, ou NOM et NAISSANCE",
        "label_ward": "page d'unité : pas d'étiquette",
        "notes": "Notes",
        "notes_hint": "Verso libre de ce dossier : écrire ici si besoin, avec heure et initiales.",
        "time_not_in_data": "HEURE ABSENTE DES DONNÉES",
        "calculated": "calculé",
        "site standard time": "heure standard du site",
        "order": "prescrit",
        "not_due": "pas prévu sur cette feuille",
        "reserved": "NUMÉRO RÉSERVÉ",
        "copy_master": "ORIGINAL À PHOTOCOPIER",
        "unbound": "PAS LIÉ À UN PATIENT",
        "mother": "Mère",
        "formerly": "anciennement",
        "deceased": "DÉCÉDÉ(E)",
        "restricted": "DOSSIER RESTREINT – SOUS PLI",
        "birth_order": "Naissance multiple, rang",
        "born_at": "né(e) à",
        "could_not_read": "ILLISIBLE",
        "problem_page": "Ce qui n'a pu être imprimé ou lu",
        "all_patients": "page d'unité",
        "missing_chars": "Les caractères sans police sont imprimés [U+XXXX].",
        "interpreter": "interprète nécessaire",
        "first": "premier",
        "last_given": "dernière prise",
        "none_24h": "aucune en 24 h",
        "due": "À",
        "one_dose": "DOSE UNIQUE : déjà donnée ? DEMANDER",
        "overdue": "OMISE ?",
        "on_hold": "SUSPENDU",
        "shift_day": "Poste 1",
        "shift_night": "Poste 2",
        "total_24h": "24 heures",
        "measured": "mesuré",
        "estimated": "estimé",
        "stated": "déclaré",
        "how_unknown": "source : absente des données",
        "given": "administré",
        "criticality": "criticité {level}",
        "reference": "réf. {range}",
        "since": "depuis {when}",
        "line": "ligne {number}",
        "for": "pour {what}",
        "not_within": "intervalle minimal {span}",
        "in_24h": "{most} en 24 h",
        "hold": "SUSPENDRE",
        "limits": "LIMITES",
        "target": "CIBLE",
        "start": "début {when}",
        "stop": "fin {when}",
        "review": "à revoir {when}",
        "rate_ordered": "prescrit {rate}",
        "rate_was": "était {rate} le {when}",
        "rate_unknown": "DÉBIT ABSENT DES DONNÉES",
        "read_the_pump": "LIRE LA POMPE",
        "scale_unknown": "PROTOCOLE ABSENT DES DONNÉES – demander au prescripteur",
        "or_more": "{value} ou plus",
        "up_to": "jusqu'à {value}",
        "as_written": "tel que prescrit : {text}",
        "dose_unknown": "DOSE ABSENTE DES DONNÉES",
        "next": "prochaine {when}",
        "infusion": "PERFUSION",
        "insulin": "INSULINE",
        "high_alert": "HAUT RISQUE",
        "airway": "O₂ / voies aériennes",
        "glucose": "Glycémie",
        "systolic": "systolique",
        "diastolic": "diastolique",
        "pulse": "pouls",
        "resp": "resp.",
        "diet": "Régime",
        "device": "Dispositif",
        "part_allergies": "allergies",
        "part_medications": "médicaments",
        "part_administrations": "administrations",
        "part_code_status": "limitations",
        "part_care_team": "équipe",
        "part_contacts": "contacts",
        "part_diet": "régime",
        "part_devices": "dispositifs",
        "part_heights": "taille",
        "part_consents": "consentements",
        "part_notes": "notes",
        "no_reason": "sans raison indiquée",
        "also_known_as": "Aussi connu(e) comme : {name}",
        "here_because": "Motif : {reason}",
        "under": "responsable {who}",
        "language": "Langue : {spoken}",
        "name_alert_short": "HOMONYMIE",
        "restricted_short": "RESTREINT",
        "limits_of_treatment": "LIMITATION DES SOINS",
        "no_pages": "AUCUNE PAGE N'A PU ÊTRE IMPRIMÉE POUR CE PATIENT",
        "allergies_elsewhere": "ALLERGIES : pas sur cette page – DEMANDER",
    },
}
LANGUAGES: Final = tuple(WORDS)


def word(language: str, key: str, **values: object) -> str:
    """Return papermode's own words for ``key``; English where the language is not known."""
    text = WORDS.get(language, WORDS["en"])[key]
    return text.format(**values) if values else text


def date_text(at: datetime, language: str) -> str:
    """Return ``dd-Mmm-yyyy`` of a local date."""
    months = MONTHS.get(language, MONTHS["en"])
    return f"{at.day:02d}-{months[at.month - 1]}-{at.year:04d}"


def iso_date_text(iso: str, language: str) -> str:
    """Return an ISO date (year, month or day precision) as ``dd-Mmm-yyyy``, ``Mmm-yyyy`` or ``yyyy``.

    Anything else is returned as it is: a date that is not understood is shown, not guessed.
    """
    months = MONTHS.get(language, MONTHS["en"])
    parts = iso.split("-")
    if not all(p.isascii() and p.isdigit() for p in parts) or len(parts) > 3 or len(parts[0]) != 4:
        return iso
    if len(parts) == 1:
        return parts[0]
    month = int(parts[1])
    if not 1 <= month <= 12:
        return iso
    if len(parts) == 2:
        return f"{months[month - 1]}-{parts[0]}"
    return f"{int(parts[2]):02d}-{months[month - 1]}-{parts[0]}"


# What follows is asked again and again for the same instants: a set of vital signs has one time, and so has a
# round of drugs. The caches go by POSIX time, because datetimes of the two passes of a doubled hour are equal.


def moment_text(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Return ``dd-Mmm-yyyy HH:MM`` in the site's zone; the zone's name is added in an hour that occurs twice."""
    return _moment_text(at.timestamp(), zone, language)


@lru_cache(maxsize=8192)
def _moment_text(timestamp: float, zone: ZoneInfo, language: str) -> str:
    local = datetime.fromtimestamp(timestamp, zone)
    other = local.replace(fold=1 - local.fold)
    twice = other.utcoffset() != local.utcoffset()
    return f"{date_text(local, language)} {local:%H:%M}" + (f" {local.tzname()}" if twice else "")


def short_moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Return ``Mon 24-Nov 08:00``."""
    return _short_moment(at.timestamp(), zone, language)


@lru_cache(maxsize=8192)
def _short_moment(timestamp: float, zone: ZoneInfo, language: str) -> str:
    local = datetime.fromtimestamp(timestamp, zone)
    days, months = DAYS.get(language, DAYS["en"]), MONTHS.get(language, MONTHS["en"])
    return f"{days[local.weekday()]} {local.day:02d}-{months[local.month - 1]} {local:%H:%M}"


def day_and_time(at: datetime, zone: ZoneInfo, language: str) -> tuple[str, str]:
    """Return (``Mon 24``, ``08:00``) for the head of a dose cell; the zone is named in a doubled hour."""
    return _day_and_time(at.timestamp(), zone, language)


@lru_cache(maxsize=8192)
def _day_and_time(timestamp: float, zone: ZoneInfo, language: str) -> tuple[str, str]:
    local = datetime.fromtimestamp(timestamp, zone)
    other = local.replace(fold=1 - local.fold)
    twice = other.utcoffset() != local.utcoffset()
    return (
        f"{DAYS.get(language, DAYS['en'])[local.weekday()]} {local.day:02d}",
        f"{local:%H:%M}" + (f" {local.tzname()}" if twice else ""),
    )
