"""Wordings of page furniture and of bylines, in the languages of the catalogue.

Kept by their first word, so that a block is tried against two or three patterns and not against all; the patterns
are linear and look at short blocks only.
"""

from __future__ import annotations

import re

_ALONE = r"\W*\d*\W*$"
"""The word stands alone in its block, perhaps with a number."""

_OPENINGS: dict[str, str] = {
    # English
    "read": r"(?:more|also|next|the full|our)\b", "also": r"read\b", "must": r"read\b", "see": r"(?:also|more)\b",
    "more": r"(?:on|from|about|news|stories)\b|" + _ALONE,
    "related": r"(?:articles?|stories|news|posts?|topics|content|coverage|links?)?\W*$|\W*:", "recommended": r"",
    "most": r"(?:read|popular|viewed)\b", "trending": r"", "click": r"here\b", "tap": r"here\b", "subscribe": r"",
    "sign": r"up\b", "follow": r"(?:us|me|@|\w+ on)\b", "join": r"(?:us|our)\b",
    "share": r"(?:this (?:article|story|post|page)|on (?:facebook|twitter|whatsapp|x)|via)\b|(?:this)?" + _ALONE,
    "advertisement": r"", "advertisment": r"", "sponsored": r"", "continue": r"reading\b", "story": r"continues\b",
    "article": r"continues\b", "download": r"(?:our|the) \w+ app\b", "all": r"rights reserved\b",
    "terms": r"of (?:use|service)\b", "copyright": r".{0,60}$", "privacy": r"policy\b", "credit": r"\W*:",
    "photo": r"(?:by|credit|courtesy)\b|\W*:", "photos": r"(?:by|courtesy)\b|\W*:",
    "photograph": r"(?:by|credit|courtesy)\b|\W*:", "image": r"(?:by|credit|source|courtesy|via)\b|\W*:",
    "images": r"(?:by|credit|courtesy|via)\b|\W*:", "picture": r"\W*:", "pictures": r"\W*:", "video": r"\W*:",
    "watch": r"\W*:", "listen": r"\W*:", "filed": r"under\b", "tags": r"\W*:|" + _ALONE, "topics": r"\W*:|" + _ALONE,
    "posted": r"in\b", "categories": r"\W*:", "category": r"\W*:", "leave": r"a (?:comment|reply)\b",
    "comments": _ALONE, "comment": _ALONE, "no": r"comments?\b", "print": r"this\b", "email": r"this\b",
    "your": r"email address\b", "get": r"(?:the|our) (?:latest|best|daily|news)|.{0,40}newsletter", "newsletter": r"",
    "suggested": r"citation\b", "cite": r"this (?:article|as)\b", "this": r"work is licensed\b",
    "unless": r"otherwise (?:noted|stated|indicated)\b",
    "you": r"(?:may|might) (?:also )?like\b|can also (?:check|read|watch|see)\b",
    # German
    "lesen": r"sie (?:auch|mehr|hier|dazu)\b", "lies": r"(?:auch|mehr)\b",
    "mehr": r"(?:themen|zum thema|dazu|lesen|aus|von|zu diesem)\b", "auch": r"interessant\b",
    "das": r"könnte (?:sie|dich)\b", "weitere": r"(?:artikel|meldungen|nachrichten|themen|informationen)\b",
    "fehler": r"(?:gefunden|melden)\b", "noticia": r"relacionada\b", "noticias": r"relacionadas\b", "temas": _ALONE,
    "sofern": r"nicht anders (?:angegeben|ausgewiesen|vermerkt)\b", "zitiervorschlag": r"",
    "weiterlesen": r"", "zum": r"(?:thema|weiterlesen)\b",
    "anzeige": r"", "foto": r"\W*:", "fotos": r"\W*:", "bild": r"\W*:",
    "quelle": r"\W*:", "quellen": _ALONE, "hier": r"geht\b",
    "jetzt": r"(?:abonnieren|anmelden|lesen|testen|kostenlos)\b",
    "empfohlener": r"(?:redaktioneller|externer) inhalt\b", "folgen": r"sie\b", "ich": r"bin damit einverstanden\b",
    "an": r"dieser stelle (?:finde|befinde|steht)", "teilen": _ALONE, "drucken": _ALONE, "kommentare": _ALONE,
    "kommentar": _ALONE, "alle": r"rechte vorbehalten\b", "stand": r"\W*:\s*\d", "die": r"redaktion empfiehlt\b",
    "ähnliche": r"(?:themen|artikel|beiträge)\b",
    # Romance languages
    "audio": r"(?:und|et|et vidéos).{0,20}(?:thema|sujet)\b", "audios": r"et vidéos\b",
    "lire": r"(?:aussi|également|la suite|plus)\b", "à": r"lire\b", "voir": r"aussi\b", "sur": r"le même sujet\b",
    "partager": _ALONE, "publicité": r"", "crédits": r"photo|\W*:", "crédit": r"photo|\W*:",
    "vous": r"aimerez aussi\b", "abonnez": r"vous\b", "leer": r"(?:más|también)\b", "lea": r"también\b",
    "lee": r"también\b", "seguir": r"leyendo\b", "te": r"puede interesar\b", "también": r"te\b", "ver": r"también\b",
    "más": r"(?:información|noticias|sobre)\b\W*$", "compartir": _ALONE, "publicidad": r"", "síguenos": r"",
    "suscríbete": r"", "você": r"pode (?:gostar|se interessar)\b", "leia": r"(?:mais|também)\b",
    "veja": r"(?:mais|também)\b", "saiba": r"mais\b", "compartilhe": r"", "publicidade": r"", "leggi": r"anche\b",
    "potrebbe": r"interessarti\b", "condividi": _ALONE, "pubblicità": r"",
    # other languages
    "lees": r"(?:ook|meer|verder)\b", "bekijk": r"ook\b", "läs": r"(?:också|mer|även)\b", "les": r"også\b",
    "læs": r"også\b", "czytaj": r"(?:też|także|więcej)\b", "zobacz": r"(?:też|także)\b", "baca": r"juga\b",
    "читайте": r"также\b", "читать": r"далее\b", "اقرأ": r"أيضا", "إقرأ": r"أيضا", "यह": r"भी पढ़ें",
}  # fmt: skip
_PATTERNS = {word: re.compile(rf"\W{{0,3}}(?:{rest})" if rest else r"", re.I) for word, rest in _OPENINGS.items()}
_FIRST = re.compile(r"\W{0,3}([^\W_]+)")
_SIGNS = re.compile(
    r"(?:©|\(c\) \d{4}).{0,60}$|\d+ comments?\b|관련기사|関連記事|関連キーワード|あわせて読みたい|s[’']abonner\b", re.I
)
_ADDRESSING = re.compile(
    r"\b(?:you|your|us|our|my|me|here|click|sign up|subscribe|newsletter|sie|ihre?|ihnen|dich|dein|du|uns|unsere?|hier|"
    r"vous|votre|nos|notre|nous|ici|tu|tus|usted|su|aquí|nuestr[oa]s?|você|seu|nosso|aqui|tuo|vostro|nostro|qui|app|"
    r"copyright|rights reserved|rechte vorbehalten|getty|shutterstock|license[ds]?|creative commons|cookies?|"
    r"advertisement)\b|[:©|]|https?|@",
    re.I,
)
"""Words of lines that speak to the reader, or of pictures and rights."""
_BYLINE = re.compile(
    r"^\W{0,2}(?:by|von|par|por|di|door|af|av|oleh|text|texte|written by|posted by|published|updated|last updated|"
    r"posted on|"
    r"veröffentlicht|aktualisiert|erstellt|publié|mis à jour|publicado|actualizado|pubblicato|aggiornato|stand)\b",
    re.I,
)
_SIGN_OFF = re.compile(r"\(?(?:[a-z]{2,5}-)?[a-z]{2,5}(?:/[a-z]{2,5}){1,4}\)?\.?")
_PICTURED = re.compile(
    r"\b(?:photos?|fotos?|images?|bild|pictures?|imagen|credit|crédits?)\b(?:\s+(?:by|von|credit|par|de))?\s*[:/|©].{2,60}$|"
    r"\((?:photos?|fotos?|images?|bild)\b[^()]{2,60}\)\W*$|\|\s?©[^.!?]{2,60}$|"
    r"[–—-]\s?\w{2,20} (?:pics?|photos?)\W?$",
    re.I,
)
_ADDRESS = re.compile(r"https?://|\bwww\.|\w@\w", re.I)


def is_furniture(text: str) -> bool:
    """Whether a short block opens like page furniture ("Read more", "Lesen Sie auch", "Photo:")."""
    first = _FIRST.match(text)
    if first is not None:
        pattern = _PATTERNS.get(first[1].lower())
        if pattern is not None and pattern.match(text, first.end()):
            return True
    return _SIGNS.match(text) is not None


def is_statement(text: str) -> bool:
    """Whether a block that opens like furniture is a sentence of the text all the same: it speaks to nobody, and ends.

    "No comment was immediately available from the port operator.", "Weitere Informationen lagen zunächst nicht vor."
    """
    return len(text.split()) >= 5 and text[-1] in ".!?" and _ADDRESSING.search(text) is None


def is_byline(text: str) -> bool:
    """Whether a short block opens like a byline or a line of dates ("By ...", "Stand: ...")."""
    return len(text) < 120 and _BYLINE.match(text) is not None


def is_sign_off(text: str) -> bool:
    """Whether a line is the staff initials under an agency's text: "jcw/kl", "bur-ab/cd/ef"."""
    return len(text) < 40 and _SIGN_OFF.fullmatch(text) is not None


def ends_as_caption(text: str) -> bool:
    """Whether a line below a picture ends with the picture's author: "… leaves the hall. Photo: A. Name / AFP"."""
    return len(text) < 400 and _PICTURED.search(text[-100:]) is not None


def shows_address(text: str) -> bool:
    """Whether a link shows where it goes: a reference of the text, not a teaser for another page."""
    return _ADDRESS.search(text) is not None
