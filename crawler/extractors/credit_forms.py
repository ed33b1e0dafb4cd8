"""The shapes in which agencies are credited: lines, datelines, end signatures, notes; and what only looks like one.

All patterns are linear and look at short strings. The examples are real credit strings; see the rules in WIRE forms:
`Moscow - AFP`, `Source:AFP Published: 2015-5-12 0:03:01`, `Par Le Figaro et AFP`, `SDA/sep`, `【6月18日 AFP】`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from crawler.extractors.agency_names import Named
from crawler.extractors.anycase import AnyCase
from crawler.extractors.dates import month_of

_LABELS = frozenset(
    (
        r"h lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo "
        r"montag dienstag mittwoch donnerstag freitag samstag sonntag segunda terça quarta quinta sexta feira "
        r"lunedì martedì mercoledì giovedì venerdì sabato domenica ist "
        r"by par von por di da de del of from with and und et y e avec mit con com og en in the a an la le les der "
        r"die das source sources quelle quellen fuente fuentes fonte fonti bron kilde writer written author "
        r"published posted updated update publié publie modifié mis à jour el il news agency agencies agence "
        r"agencia agentur agenzia staff wire service services redaktion redaction rédaction redazione redacción editor "
        r"editors reporter reporters correspondent correspondents writers uhr ist stand aktualisiert "
        r"veröffentlicht am um via at on last first read min minutes mins sec ago est edt gmt utc pm bst cet cest "
        r"pst pdt hrs time special to for informations información information contributed contribution inputs "
        r"input files file report reports reporting additional als bei as inc translation übersetzung adaptierung "
        r"adaptation créé creado modifica modificato heure "
        r"أخبار وكالة بقلم كتب المصدر نشر تاريخ متابعة عن و في من م ص أ هـ"
    ).split()
)
_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun".split())
_TOKEN = re.compile(r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*|\d+")
_DATE_IN_NUMBERS = re.compile(
    r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)|(?<!\d)\d{4}[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
)
_ARABIC_VERBS = frozenset(
    "قال قالت وقال وقالت نقلت نقل ذكرت ذكر أعلن أعلنت كشفت كشف أفادت أفاد أكد أكدت وأضاف أضاف وفق بحسب".split()
)
_CJK_LABELS = re.compile(r"来源|來源|記者|记者|综合|電|讯|訊|社|発|配信|提供|ソース|出典|기자|특파원|[\d年月日時分]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_AFTER_SHORT = re.compile(
    r"\s+(?!(?:in|and|und|et|y|e|at|on)\b)"
    r"(?!(?:[A-Z][\w']+\s+){0,3}(?:Writers?|Correspondents?|Editors?|Reporters?|Staff|Media)\b)(?P<word>[A-Z][\w']+)"
)
_WORD_BEFORE = re.compile(r"([A-ZÀ-Ý][^\W\d_]+) $")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
PHOTO = AnyCase(
    r"photo|foto|fotograf|image|p(?<!\wp)(?:ics?|ool)\b|picture|bild\b|getty|©(?!\s*(?:dpa|\d{4}))|ⓒ|handout|archiv|crédit|"
    r"credits?\s*:|credito|crédito|shutterstock|фото|صورة|video|illustration|f(?<!\wf)ile\b(?! and)|e(?<!\we)pa\b|写真",
)
QUOTED = re.compile(
    r"\b(?:(?:told|tells?|telling|informed|quot(?:ed|ing)|cit(?:ed|ing)|by|according to|interview with|with|to|via)"
    r"|à|a|al|auprès de|de|par|selon|via|con|según|por|der|die|gegenüber|von|laut|da|di|segundo|secondo)\s+"
    r"(?:(?:the|la|l[’']|der|die|das|o|à|news|wire|state|French|US|agence|agencia|agência|agenzia|Nachrichtenagentur|"
    r"agency)\s*){0,4}$"
    r"|\b(?:à|de|par|selon|auprès de|via)\s+(?:l[’']\s?)?(?:agence\s+)?$"
    r"|\bl[’']$|(?:\bل|لـ|وكالة|لوكالة|\bعن)\s?[\"“”«']?\s?$",
    re.I,
)
PICTURE_SOURCE = re.compile(r"^\W*(?:quelle|source|fuente|fonte|bron|kilde|المصدر)\s*:", re.I)
"""Right below a picture such a line is the picture's ("Quelle: AFP", zdf.de)."""
GENERIC = re.compile(
    r"(?:with\s+)?(?:inputs?\s+from\s+|by\s+|from\s+|source\s*:?\s*)?(?:news\s+)?(?:wire\s+services|wires|agencies|wire\s+reports|agency\s+inputs)"
    r"|(?:avec\s+)?(?:les\s+)?agences|(?:mit\s+)?agenturen|agencias|agências|agenzie|ajanslar"
    r"|(?:[\w\s]{0,20}[-–:،,]\s*)?(?:ال)?وكالات|(?:ال)?وكالات\s*[-–:]\s*[\w\s]{1,20}|كتب\s*:\s*وكالات|المصدر\s*:\s*وكالات|اليوم،\s+وكالات(?:\s*-\s*\w+)?",
    re.I,
)
NOTICE = AnyCase(
    r"nachrichten-?feeds?\s+der|übernommen\s+von|nicht\s+(?:redaktionell\s+)?(?:bearbeitet|verändert)|redaktionell\s+(?:nicht|unverändert)"
    r"|originally\s+(?:published|appeared)\s+(?:by|on|in)\b|this\s+(?:story|article|report)\s+(?:was|is)\s+(?:\w+\s+){0,3}(?:from|by)\b"
    r"|syndicated\s+feed|wire\s+feed|published\s+from\s+a|auto-?generated\s+from|diese\s+meldung|es\s+una\s+importante\s+agencia"
    r"|©\s*(?:\d{4}\s+)?(?:dpa|afp|agence|thomson|the associated|belga)",
)
CONTRIBUTED = AnyCase(
    r"contributed\s+to\s+this\s+(?:report|story|article)|(?:was|were)\s+used\s+in\s+this\s+(?:report|story)|with\s+files\s+from|material\s+from"
    r"|con\s+información\s+de|com\s+informações\s+d|avec\s+l[’']?\s*afp|\(avec\s+|with\s+inputs?\s+from|includes\s+material\s+from"
    r"|^(?:additional\s+)?reporting\s+(?:by|from)\b|contains\s+reporting\s+from|^\W{0,2}with\s+(?:reporting|additional)",
)
_WITH = re.compile(
    r"\b(?:with|avec|mit|con|com)\s+(?:the\s+|l[’'])?\s*/|\b(?:staff|newsroom|redaktion|rédaction|redacción|team)\b",
    re.I,
)
_AGENCY_STAFF = re.compile(r"/\s+(?:staff|team|newsroom)\b", re.I)
"""An agency's own people: "AFP staff" names nobody beside it."""
_SIGNING_OFF = re.compile(r"[.!?…][)\]\"'”’»]*\s*((?:-{1,2}|[–—(\[])\s*)$")
_SIGNED_OFF = re.compile(r"[.!?…][)\]\"'”’»]*\s*[-–—(\[]{1,2}\s*[^.!?\s][^!?]{1,30}$")
_SIGNED_OFF_BY = re.compile(r"\s*[)\]]?\.?")
SITE_LINE = AnyCase(
    r"impressum|datenschutz|\bimprint\b|\bprivacy\b|\bterms of\b|mentions légales|aviso legal|\bcookies?\b|newsletter"
    r"|\bfollow\s+\w+\s+on\b|\bsuivez\b|\bsíguenos\b|\bfolgen sie\b|\bseguici\b"
    r"|\bservices?\s+(?:by|from|of|provided)\b|\bis\s+supplied\s+by\b|\bwir\s+nutzen\b|política de privacidad",
)
"""A site's words about itself at its foot: "News services by AFP and Reuters" speaks of every page, so of none."""
REPORTS = re.compile(
    r"\s+(?:said|says|reports?|reported|quoted|cited|adds?|rapporte|indique|précise|informó|informa|señaló|berichtet|meldet|berichtete|"
    r"meldete|riferisce|noticiou)\b",
    re.I,
)
_DASH_NEXT = re.compile(r"\s*[)\]】]?\s*(?:[-–—:_|ـ»]+|\.\s?[-–—]|[)】])")


def is_line_of_dates(line: str) -> bool:
    """Whether a line says a date, perhaps with a clock, and nothing else: "3 March 2026, 07:32 GMT", "Créé: 3.3.26"."""
    words = _TOKEN.findall(line) if len(line) <= 80 else []
    if not any(word.isdigit() for word in words):
        return False
    if not any(month_of(word.lower()) for word in words) and _DATE_IN_NUMBERS.search(line) is None:
        return False
    return all(word.isdigit() or _says_when(word.lower()) for word in words)


def _says_when(word: str) -> bool:
    return word in _LABELS or word in _WEEKDAYS or bool(month_of(word))


def is_signature(line: str, named: Sequence[Named]) -> bool:
    """Whether a line says only who, where and when: no running words remain beside the agencies."""
    rest, last = [], 0
    for one in named:
        rest.append(line[last : one.start])
        last = one.end
    rest.append(line[last:])
    words = [word for part in rest for word in _TOKEN.findall(part)]
    if len({one.agency for one in named}) > 3 or _is_another_name(line, named) or _is_cjk_text("".join(rest)):
        return False
    strange = [word for word in words if not _expected(word)]
    if strange and not all(_is_initials(word, line) for word in strange):
        return False
    return len(words) <= (8 if _ARABIC.search(line) else 16)


def _is_another_name(line: str, named: Sequence[Named]) -> bool:
    """Whether two letters begin another name ("PC Gamer", "AA Milne"): a capital follows that is no date or role."""
    for one in named:
        follows = _AFTER_SHORT.match(line, one.end) if len(one.form) <= 2 else None
        if follows is not None and not month_of(follows["word"]):
            return True
        if _ends_a_name(line[: one.start], one.form):
            return True
    return False


def _ends_a_name(before: str, form: str) -> bool:
    """Whether a name goes on to a form that is no more than a surname or two letters: "Markus Reuter", "Kneib PC"."""
    if len(form) > 2 and (" " in form or not form[1:].islower()):
        return False
    word = _WORD_BEFORE.search(before)
    return word is not None and word[1].lower() not in _LABELS and word[1][1:].islower()


def _is_cjk_text(rest: str) -> bool:
    """Whether Chinese, Japanese or Korean words remain beside the agency that are no label or date."""
    return len(_CJK.findall(_CJK_LABELS.sub("", rest))) > 1


def _expected(word: str) -> bool:
    """A label, a number, a month, or a word with a capital (a person, a place, an outlet)."""
    low = word.lower()
    if word in _ARABIC_VERBS:
        return False
    return word.isdigit() or low in _LABELS or bool(month_of(low)) or not word[0].islower()


def _is_initials(word: str, line: str) -> bool:
    """Staff initials beside a slash: "höh/mgb/dpa", "SDA/sep", "Reuters/kra"."""
    return len(word) <= 4 and (f"/{word}" in line or f"{word}/" in line)


def own_parts(line: str, named: Sequence[Named], site_names: tuple[str, ...]) -> bool:
    """Whether the outlet itself stands beside the agency ("Le Figaro et AFP", "AFP/The Local", "AFP and TOI staff")."""
    rest = line
    for one in reversed(named):
        rest = rest[: one.start] + " / " + rest[one.end :]
    joined = "".join(re.findall(r"\w+", rest.casefold()))
    if any(name.replace(" ", "") in joined for name in site_names if len(name) > 2):
        return True
    return _WITH.search(_AGENCY_STAFF.sub("/", rest)) is not None


def may_sign_off(end: str) -> bool:
    """Whether a text ends like `… the channel. -- AFP` at a glance, whoever stands there."""
    return _SIGNED_OFF.search(end) is not None


def sign_off(text: str, named: Sequence[Named]) -> str:
    """The signature that closes a short item among others: `… the channel. -- AFP`, `… its perch. (EFE)`.

    Inside a text only this form counts: a sentence has ended, and the agency follows behind dashes or in brackets.
    """
    if not named or _SIGNED_OFF_BY.fullmatch(text[named[-1].end :]) is None:
        return ""
    opened = _SIGNING_OFF.search(text[: named[-1].start])
    return text[opened.start(1) :] if opened else ""


def opening(head: str, named: Sequence[Named]) -> int:
    """The length of a dateline with an agency that opens the text, or 0.

    `Moscow (AFP) - `, `(AFP) — `, `BEIJING, May 19, 2023 (AFP) –`, `Vienna, Austria | AFP |`, `Moskau (AFP) Vor`,
    `Bruselas, 7 oct (EFE).-`, `موسكو - أ ف ب:`, `【6月18日 AFP】`, `AFP, Paris, / May 20 2022`.
    """
    for one in named[:3]:
        before, after = head[: one.start], head[one.end :]
        if one.start > 90:
            return 0
        opened = before.rstrip()[-1:] in ("(", "[", "【", "（")
        if not opened and before.strip() and before.rstrip()[-1] not in "-–—|:/,ـ日":
            continue
        if not is_signature(head[: one.end], [n for n in named if n.end <= one.end]):
            continue
        end = _end_of_dateline(after, opened, bool(before.strip()))
        if end:
            return one.end + end
    return 0


def _end_of_dateline(after: str, opened: bool, placed: bool) -> int:
    """How far the dateline reaches behind the agency's name; 0 when it is none."""
    if opened:
        close = re.match(r"[^()\[\]]{0,40}[)\]】）]\s*(?:[-–—:_|.»]+)?", after)
        return close.end() if close else 0
    mark = _DASH_NEXT.match(after)
    return mark.end() if mark and (placed or mark[0].strip()) else 0


def tail(end: str, named: Sequence[Named]) -> str:
    """The signature ending a paragraph: `… — AFP`, `… (AFP)`, `…【共同】`, `… -- PTI`, `… jobs.© 2020 AFP`."""
    if not named:
        return ""
    one = named[-1]
    if re.fullmatch(r"[\s)\].»】）]{0,4}|/\w{2,5}\)?\.?|\s?[)\]]\s?/?\w{0,4}", end[one.end :]) is None:
        return ""
    before = end[: one.start]
    match = re.search(r"(?:[-–—]{1,2}|[(\[/【（]|©\s?(?:\d{4}\s)?|[.!?”\"»]\s)[\w\s,/&-]{0,40}$", before)
    if match is None:
        return ""
    cut = match.start()
    inside = [replace(one, start=one.start - cut, end=one.end - cut) for one in named if one.start >= cut]
    if not is_signature(end[cut:], inside):
        return ""
    return end[match.start() :].lstrip('.!?”"» ') if match[0][0] in '.!?”"»' else end[match.start() :]


_PLACE = re.compile(
    r"^[\s(（]*([^\W\d_][^()|:_\d]{1,60}?)\s*(?:,\s*(?:\w{3,10}\.?\s+\d.*?|\d{1,2}\s+\w{3,10}\.?(?:\s+\d{4})?))?\s*[(\[|:\-–—ـ]"
)


def place_of(text: str) -> str:
    """The place in a dateline or credit line: "Moscow" in `Moscow - AFP`, "KYIV, Ukraine" in `KYIV, Ukraine (AFP)`."""
    match = _PLACE.match(text)
    if match is None:
        return ""
    place = match[1].strip(" ,")
    words = _TOKEN.findall(place)
    return place if words and not any(word.lower() in _LABELS for word in words[:1]) else ""
