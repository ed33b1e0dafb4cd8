"""Is this item a correction, a kill, a hold or under embargo? From its status fields, and from its own words.

Agencies say so in many ways: AFP `Status Canceled`; NewsML-G2 `stat:canceled` and `sig:correction`; Reuters
"CORRECTED-", "REFILE-", "STORY WITHDRAWN"; AP "Kill", "Correction" sluglines; dpa "KILL", "HOLD", "Berichtigung".
Word forms count only at the head of a headline, slugline, note or opening line, in the form agencies use for
it: "market correction deepens" and "kills ten" are news. Six languages of AFP's service, and some neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from crawler.wire.agency_text import words
from news.articles import FilingStatus

# Capitals and a mark after them are required where the plain word opens ordinary headlines; (?i:...) marks forms that
# never do. Arabic has no capitals, so its words need the colon: "إلغاء رحلات" is about cancelled flights.
_MARK = r"(?=\s*(?:[:(/,.!–—-]|$))"
_KILL = (
    r"(?:KILL|KILLED|STORY WITHDRAWN|STORY REMOVED|MANDATORY KILL|BULLETIN KILL|ANNULATION|ANNULE|ANNULÉE?|ANULACIÓN"
    r"|ANULAD[AO]|ANULAÇÃO|CANCELAMENTO|ANNULLIERUNG|STORNO|ZURÜCKGEZOGEN|RÜCKZUG|ANNULLAMENTO|ANNULLATA)" + _MARK + "|"
    r"(?i:please kill|kill notice|kill the story|story (?:is )?withdrawn|this (?:story|article|item) has been withdrawn"
    r"|the associated press has withdrawn"
    r"|dépêche annulée|prière d'annuler|merci d'annuler|rogamos anul|nota anulada|despacho anulado|favor cancelar"
    r"|favor anular|bitte (?:die meldung )?(?:dpa \d{3,4} )?nicht (?:mehr )?verwenden|meldung zurückgezogen)"
    r"|(?:إلغاء|الغاء|حذف)(?:\s+خبر|\s*:)"
)
_HOLD = (
    r"HOLD" + _MARK + r"|(?i:hold for release|please hold|do not publish|do not use|bitte zurückhalten"
    r"|noch nicht verwenden|ne pas publier|no publicar|não publicar|non pubblicare)|عدم النشر"
)
_CORRECTION = (
    r"(?:CORRECTED|CORRECTION|CORRECTS|CLARIFICATION|REFILED?|RECTIFICATIF|RECTIFICATION|RECTIFIE|CORRIGE|CORRECCIÓN"
    r"|RECTIFICACIÓN|CORREÇÃO|ERRATA|RETIFICAÇÃO|KORREKTUR|BERICHTIGUNG|BERICHTIGT|KORRIGIERT|RICHTIGSTELLUNG"
    r"|CORREZIONE|RETTIFICA|ANNULLA E SOSTITUISCE|RETTELSE|RÄTTELSE|KORRIGERT|CORRECTIE|RECTIFICATIE"
    r"|Korrektur|Berichtigung|Richtigstellung)" + _MARK + r"|ATTENTION\W{1,4}(?:CORRECTS|RECTIFIE|CORRIGE)"
    r"|ATENCIÓN\W{1,4}CORRIGE|(?:تصحيح|تصويب|استدراك)(?:\s+خبر|\s*:)"
    r"|\((?i:corrects?|corrected|refiles?|refiled|corrige|rectifie|berichtigt|korrigiert|corregge)\s"
    r"|(?i:Korjattu aiempaa uutista|(?:eds|editors)[:.] (?:updates[:.] )?corrects|C o r r e c t i e bericht)"
)
_EMBARGO = (
    r"EMBARGO(?:ED)?" + _MARK + r"|(?i:embargoed until|not for release before|embargo until|sous embargo|sperrfrist"
    r"|gesperrt bis|embargado hasta|embargo hasta|embargado até|embargo fino)|محظور النشر حتى|حظر النشر حتى"
)
_LEAD = (
    r"\W{0,6}(?:(?:(?i:urgent|eilmeldung|achtung|attention|atención)|dpa|AFP|AP|BC|bc|[1-9](?:ST|ND|RD|TH) LEAD)"
    r"[\s:/–—-]{1,3}){0,3}"
)
_FORMS: tuple[tuple[FilingStatus, re.Pattern[str]], ...] = (
    ("killed", re.compile(_LEAD + f"(?:{_KILL})")),
    ("withheld", re.compile(_LEAD + f"(?:{_HOLD})")),
    ("corrected", re.compile(_LEAD + f"(?:{_CORRECTION})")),
    ("embargoed", re.compile(_LEAD + f"(?:{_EMBARGO})")),
)
# AP puts the word into the keyword: "BC-US--Senate-Vote, Correction", "AP-KILL", "BC-APNewsAlert-Kill".
_IN_SLUGLINE: tuple[tuple[FilingStatus, re.Pattern[str]], ...] = (
    ("killed", re.compile(r"(?i:[-,/ (]kill(?: notice)?\)?$)")),
    ("corrected", re.compile(r"(?i:[-,/ (](?:correction|corrected|clarification|correctif|refile)\)?$)")),
)
_FIELDS: tuple[tuple[FilingStatus, frozenset[str]], ...] = (
    ("killed", words("canceled cancelled kill killed delete deleted withdrawn retracted")),
    ("withheld", words("withheld hold onhold")),
    ("corrected", words("correction corrected rectify rectification correct edstat:c")),
    ("embargoed", words("embargoed")),
)
_SEVERITY: tuple[FilingStatus, ...] = ("killed", "withheld", "embargoed", "corrected")
# "0600 GMT, Wednesday 13 March 2024", "13 mars 2024 à 06H00 GMT", "March 13, 2024 at 06:00 UTC".
_TIME = r"(?P<hour>\d{1,2})[:.hH]?(?P<minute>\d\d)\s*(?:Uhr\s+)?(?:GMT|UTC)\b"
_DAY = r"\b(?P<day>\d{1,2})\.?(?: de)?\s+(?P<month>[A-Za-zÀ-ÿ]{3,10})\.?,?(?: de)?\s+(?P<year>\d{4})"
_MONTH_DAY = r"\b(?P<month>[A-Za-z]{3,10})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})"
_LIFTS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"{_TIME}.{{0,20}}?{_DAY}",
        rf"{_TIME}.{{0,20}}?{_MONTH_DAY}",
        rf"{_DAY}.{{0,12}}?\b{_TIME}",
        rf"{_MONTH_DAY}.{{0,12}}?\b{_TIME}",
    )
)
_MONTHS = (
    ("jan", "jän", "ene", "gen"),
    ("feb", "fév", "fev"),
    ("mar", "mär", "mrz"),
    ("apr", "abr", "avr"),
    ("may", "mai", "mag"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aoû", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "déc", "dic"),
)


def status_of_fields(stated: Iterable[str]) -> FilingStatus | None:
    """The gravest status a file's own status words state, None when they state none of ours."""
    found = {_field_status(word) for word in stated}
    return next((status for status in _SEVERITY if status in found), None)


def _field_status(word: str) -> FilingStatus | None:
    folded = word.strip().casefold().replace(" ", "").replace("-", "")
    local = folded.rpartition(":")[2].rpartition("/")[2]
    for status, known in _FIELDS:
        if folded in known or local in known:
            return status
    return None


def status_of_line(line: str) -> FilingStatus | None:
    """The status a headline, a note or an opening line announces, None for ordinary text."""
    return next((status for status, form in _FORMS if form.match(line)), None)


def status_of_slugline(slugline: str) -> FilingStatus | None:
    """The status a keyword announces at its end or its head."""
    at_end = next((status for status, form in _IN_SLUGLINE if form.search(slugline)), None)
    return at_end or status_of_line(slugline)


def gravest(found: Iterable[FilingStatus | None]) -> FilingStatus | None:
    """The status that binds a customer most."""
    seen = set(found)
    return next((status for status in _SEVERITY if status in seen), None)


def embargo_in(text: str) -> datetime | None:
    """The instant in "Embargoed until 0600 GMT, 12 May 2015"; None unless day, year and zone are all written."""
    found = next((match for form in _LIFTS if (match := form.search(text[:600]))), None)
    if found is None:
        return None
    year, day, hour, minute = (int(found[part]) for part in ("year", "day", "hour", "minute"))
    try:
        return datetime(year, month_number(found["month"]), day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def month_number(name: str) -> int:
    """1 to 12 for a month's name or its beginning in six languages of the Latin alphabet, else 0."""
    folded = name.casefold()
    return next((number for number, starts in enumerate(_MONTHS, start=1) if folded.startswith(starts)), 0)
