"""Reads people's names out of bylines: without "By", roles, places, dates and addresses; and tells names from other
words.

"By Haley Hoekstra • March 12, 2025", "Von Johannes Ritter, Zürich", "Celeste Longacre, Gardener & Astrologer".
"""

from __future__ import annotations

import re

from crawler.extractors.dates import month_of

BY = re.compile(
    r"^\W{0,3}(?:(?:(?:writ+en|words|story|text|reported|posted|published|authored|article|recipe|report|"
    r"created|compiled|"
    r"contributed|reporting|author|content|blog post|analysis|opinion|review)\s+by|by|von|par|por|di|door|av|af|"
    r"oleh|(?-i:di|da)|"
    r"écrit par|publié par|propos recueillis par|escrito por|publicado por|una nota de|scritto da|pubblicato da|"
    r"geschrieben von|ein (?:artikel|beitrag) von|door|geschreven door|tekst|skrevet av|skrevet af|"
    r"بقلم|كتبت?|إعداد|автор(?:ы)?|текст|του|της)\b\s*:?|"
    r"(?:autorin/autor|autor(?:in|en|es|a|i)?|authors?|auteure?s?|autore|redactor(?:a)?|reporter|writer|writers|texte?|"
    r"texto|testo|tekst|words|skribent|journalist|text und foto|penulis|yazar|yazan|kirjoittaja|szerző|συντάκτης|"
    r"作者|記者|记者|文)\s*[:：]|(?:autorin/autor|autor(?:in|en)?|authors?|auteur|autore)(?-i:(?=\s+[^\W\d_a-z])))\s*",
    re.I,
)
_BY_WITHIN = re.compile(
    r"(?:[|•·⋅●,\d]|\s[-–—]|\b(?:published|updated|posted|veröffentlicht|publié)(?:\s+(?:on|am|le)\s[^|•·]{5,30}?)?)\s*"
    r"(?:by|von|par|por)\s+(?-i:(?=[^\W\d_a-z]))",
    re.I,
)
_OTHER_BY = re.compile(
    r"\W{0,3}(?:photo(?:graph(?:y|s|ed)?)?s?|fotos?|images?|bild|illustrat\w+|graphics?|video|edited|"
    r"(?:medically |legally "
    r"|expert |financially )?(?:reviewed|checked|verified)|fact.checked|translat\w+|produced|art|courtesy|presented|"
    r"sponsored|powered|design\w*|code|made|owned|supported|recommended|approved|credit|source)\b",
    re.I,
)
_PIECES = re.compile(
    r"\s*(?:,|;|\||/|•|·|⋅|●|‧|\n|\s[-–—]+\s|\s?[–—]\s?|\s&\s|\s?\+\s|、|，|\s(?:and|und|et|y|e|og|och|dan|en|i|"
    r"και|и)\s)\s*",
    re.I,
)
_GLUED = re.compile(
    r"(?<=[a-zà-ÿ])(?=(?:Korrespondent|Redakt|Staff|Senior|Reporter|Editor|Writer|Updated|Published|Reviewed|Last|Fact|"
    r"Read|Follow|Stand|Von|Chief|Contribut|Januar|Februar|March|April|May|June|July|August|Septem|Octo|Novem|"
    r"Decem|Jan|Feb|"
    r"Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z ])|(?<=[a-zà-ÿ])(?=\d)"
)
_BRACKETS = re.compile(r"\s*[(\[（][^()\[\]（）]{0,60}[)\]）]")
_END = re.compile(
    r"\s+(?:on|in|for|at|from|of|with|is|was|has|published|updated|posted|last|für|am|aus|im|bei|le|el|à|en|dans|pour|"
    r"para|desde|il|da|dal|contributor|via|who|as)\s.*|\s*[:•|].*|\s*(?:\d|@|https?:|www\.).*|\s*기자.*|\s*外.*",
    re.I,
)
_PARTICLES = frozenset(
    "de da do dos das di del della van von der den ter ten zu zur la le el al bin ibn bint und y e af av o' du "
    "des".split()
)
_ROLES = frozenset(
    "staff writer writers editor editors editorial reporter reporters correspondent correspondents contributor "
    "contributors contributing senior junior chief assistant associate deputy managing executive analyst "
    "columnist critic "
    "journalist author authors founder cofounder co-founder ceo cto cfo cmo coo president director manager producer "
    "lead head team special guest freelance freelancer expert consultant specialist engineer professor dr prof phd md "
    "rd rn cfp cpa jr sr esq facp mba ma bs ms mph mba redakteur redakteurin redaktion redacción rédaction redazione "
    "redactie korrespondent reporterin volontärin volontär autor autorin journaliste journalistin correspondant "
    "envoyé spécial rédacteur rédactrice corresponsal periodista giornalista owner partner vp marketing strategist "
    "developer designer photographer coach attorney member bureau desk newsroom intern blogger host "
    "creator coordinator officer researcher fellow scientist muhabir muhabiri reviewer".split()
)
_TITLES = frozenset("dr prof".split())
_NEVER = frozenset(
    "getty images monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag "
    "freitag samstag sonntag "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo "
    "published updated posted edited update read reading min mins minute minutes share tweet email print comment "
    "comments follow subscribe newsletter menu home search login contact about image photo picture credit credits "
    "facebook twitter linkedin instagram youtube whatsapp pinterest reddit copyright advertisement affiliate "
    "disclosure "
    "written uhr stand aktualisiert bild foto quelle source sources more mehr related "
    "today yesterday ago pm am gmt est utc next previous page click here skip content table contents faq faqs "
    "you your we our us they what how why when where who which this these those best top guide tips save sign up "
    "get click listen watch see view all new latest popular trending featured key takeaways introduction overview "
    "conclusion summary share: tags tags: topics categories category policy terms privacy cookies settings admin "
    "السبت الأحد الاحد الإثنين الاثنين الثلاثاء الأربعاء الاربعاء الخميس الجمعة понедельник вторник среда "
    "четверг пятница суббота воскресенье pazartesi salı çarşamba perşembe cuma cumartesi pazar maandag dinsdag "
    "woensdag donderdag vrijdag zaterdag zondag segunda terça quarta quinta sexta-feira lunedì martedì mercoledì "
    "giovedì venerdì sabato "
    "domenica anónimo anonymous unknown lesen teilen lire partager leer compartir http https www com".split()
)
_LABELS = frozenset("by von par por author authors autor auteur".split())
_SECTIONS = frozenset(
    "news sport sports football soccer politics business world opinion local culture lifestyle life style travel tech "
    "technology science economy economics finance money health entertainment music film movies food games gaming "
    "education environment climate weather crime national international breaking analysis video videos podcast blog "
    "blogs post posts article articles story stories magazine journal daily media press times post group inc llc ltd "
    "company corporation university institute association department ministry agency council center centre studio "
    "nachrichten politik wirtschaft kultur panorama wissen reise meinung regional ausland inland gesellschaft aktuell "
    "actualité politique économie société monde deportes política economía cultura sociedad mundo noticias cronaca "
    "product products services solutions resources digital web design online home-garden garden kitchen "
    "learning marketing software data security review reviews ideas recipes the and of for to with in on is a".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’.\-‐][^\W\d_]+)*\.?")
_UNCASED = re.compile(r"[\u0590-\u0dff\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]")
_ADDRESS = re.compile(r"@|https?:|www\.|\w\.(?:com|de|org|net|co|fr|es|it|info|tv)\b")
_LONGEST, _LONGEST_UNCASED = 60, 24
_SENTENCE = re.compile(r"[。！？।؟]|[\u3040-\u9fff]{7}")


def names_in(line: str) -> tuple[str, ...]:
    """The names in a byline, in order; none when the line holds no words that may be names.

    Behind a full name a single word is its place or role: "Johannes Ritter, Zürich".
    """
    label = BY.match(line)
    if label is not None:
        line = line[label.end() :]
    else:
        within = _BY_WITHIN.search(line)
        line = line[within.end() :] if within is not None else line
    found: dict[str, None] = {}
    full = False
    for piece in _PIECES.split(_GLUED.sub(" | ", _BRACKETS.sub("", line))):
        name = _name(piece)
        words = name.count(" ") + 1
        if not name or (full and words == 1):
            if found and not _roles_only(piece):
                break
            continue
        full = full or words > 1
        found[name] = None
    return tuple(found)


def says_by(line: str) -> bool:
    """Whether a line says that somebody wrote: "By ...", "Text: ..."."""
    return BY.match(line) is not None or _BY_WITHIN.search(line) is not None


def says_other(line: str) -> bool:
    """Whether a line says that somebody did something else: "Photos by", "Medically reviewed by"."""
    return _OTHER_BY.match(line) is not None


def is_label(line: str) -> bool:
    """Whether a line only says that a name follows: "By", "Written by:"."""
    label = BY.match(line.rstrip(" :") + ": ") if 1 < len(line) < 30 else None
    return label is not None and label.end() >= len(line.rstrip(" :")) + 2


def _name(piece: str) -> str:
    """The name in a part of a byline, or ""."""
    piece = BY.sub("", _END.sub("", f" {piece}").strip(" .·-–—|*:\"'“”"), count=1)
    if _UNCASED.search(piece) and (len(piece) > _LONGEST_UNCASED or _SENTENCE.search(piece)):
        return ""  # a sentence of a script without capitals
    words = piece.split()
    while words and _plain(words[0]) in _ROLES and _plain(words[0]) not in _TITLES:
        words.pop(0)
    while words and _plain(words[-1]) in _ROLES:
        words.pop()
    name = " ".join(words)
    return (
        name
        if words
        and _plain(words[0]) not in _LABELS
        and _plain(words[-1]) not in _ROLES
        and len(words) <= 5
        and len(name) < _LONGEST
        and all(map(_may_name, words))
        else ""
    )


def _roles_only(piece: str) -> bool:
    words = _WORD.findall(piece)
    return not words or any(_plain(word) in _ROLES or len(_plain(word)) < 3 for word in words)


def _plain(word: str) -> str:
    return word.strip(".,:;()*'’\"").lower()


def _may_name(word: str) -> bool:
    low = _plain(word)
    if (
        not low
        or low in _NEVER
        or (month_of(low) and len(low) > 3 and not low.startswith(("mai", "may", "mar", "apr")))
    ):
        return False
    return word[0].isalpha() or word[0] in "'’\"“("


def form(name: str) -> set[str]:
    """What the form of a name says for and against its being a person's."""
    words = name.split()
    found = {f"{min(len(words), 4)} words"}
    if _UNCASED.search(name):
        return {"letters without case"}
    big = sum(word[0].isupper() for word in words)
    small = [word for word in words if word[0].islower() and word.lower() not in _PARTICLES]
    if small:
        found.add("small words" if big else "no capitals")
    if name.isupper() and len(name) > 4:
        found.add("all capitals")
    if any(_plain(word) in _SECTIONS for word in words if len(word) > 2 or word.islower()):
        found.add("a section's or firm's word")
    if any(_plain(word) in _ROLES for word in words):
        found.add("a role's word")
    if any(month_of(_plain(word)) for word in (words if len(words) == 1 else words[1:])):
        found.add("a month's word")
    if any(char.isdigit() for char in name) or _ADDRESS.search(name):
        found.add("digits or an address")
    if len(name) > 30:
        found.add("long")
    return found
