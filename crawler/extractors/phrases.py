"""Wordings of page furniture and of bylines, in the languages of the catalogue. Linear patterns on short strings."""

from __future__ import annotations

import re

_FURNITURE = re.compile(
    r"^\W{0,3}(?:read (?:more|also|next|the full|our)\b|(?:also|must) read\b|see also\b|see more\b|more (?:on|from|about|news|stories)\b|"
    r"related\b(?: (?:articles?|stories|news|posts?|topics|content|coverage|links?))?\W*$|related:|recommended\b|most read\b|trending\b|"
    r"(?:click|tap) here\b|subscribe\b|sign up\b|follow (?:us|me|@|\w+ on)\b|join (?:us|our)\b|share (?:this (?:article|story|post|page)|on (?:facebook|twitter|whatsapp|x)|via)\b|share this\W*$|share\W*$|"
    r"advertise?ment\b|sponsored\b|continue reading\b|story continues\b|article continues\b|download (?:our|the) \w+ app\b|"
    r"all rights reserved\b|copyright.{0,60}$|©.{0,60}$|\(c\) \d{4}.{0,60}$|terms of (?:use|service)\b|privacy policy\b|photo(?:s|graph)?\s*(?:by|credit|:|courtesy)|"
    r"image(?:s)?\s*(?:by|credit|:|source|courtesy|via)|picture(?:s)?\s*:|video\s*:|watch\s*:|listen\s*:|filed under\b|tags?\s*:|topics?\s*:|"
    r"posted in\b|categor(?:y|ies)\s*:|leave a (?:comment|reply)\b|(?:\d+|no) comments?\b|comments?\b\W*\d*\W*$|print this\b|email this\b|"
    r"your email address\b|get (?:the|our) (?:latest|best|daily|news)|get .{0,40}newsletter|newsletter\b|"
    r"ähnliche (?:themen|artikel|beiträge)|lesen sie (?:auch|mehr|hier|dazu)|lies (?:auch|mehr)|mehr (?:zum thema|dazu|lesen|aus|von|zu diesem)|auch interessant|das könnte (?:sie|dich)|"
    r"weitere (?:artikel|meldungen|nachrichten|themen|informationen)|weiterlesen|zum thema\b|anzeige\b|foto\s*:|fotos\s*:|bild\s*:|quelle\s*:|"
    r"hier geht|jetzt (?:abonnieren|anmelden|lesen|testen|kostenlos)|empfohlener (?:redaktioneller|externer) inhalt|folgen sie\b|"
    r"ich bin damit einverstanden|an dieser stelle (?:finde|befinde|steht)|teilen\b\W*$|drucken\b\W*$|kommentare?\b\W*\d*\W*$|"
    r"alle rechte vorbehalten|die redaktion empfiehlt|(?:audio|video)s? (?:(?:et vidéos )?sur le sujet|und (?:audio|video)s? zum thema|zum thema)|quellen\W*$|stand\s*:\s*\d|"
    r"lire (?:aussi|également|la suite|plus)|à lire\b|voir aussi|sur le même sujet|partager\b\W*$|s[’']abonner|publicité\b|crédits?\s*(?:photo|:)|"
    r"você pode (?:gostar|se interessar)|vous aimerez aussi|leer (?:más|también)|lea también|lee también|te puede interesar|ver también|más (?:información|noticias|sobre)\b\W*$|compartir\b\W*$|publicidad\b|"
    r"síguenos|suscríbete|también te|"
    r"leia (?:mais|também)|veja (?:mais|também)|saiba mais|compartilhe|publicidade\b|"
    r"leggi anche|potrebbe interessarti|condividi\b\W*$|pubblicità\b|"
    r"lees (?:ook|meer|verder)|bekijk ook|läs (?:också|mer|även)|les også|læs også|czytaj (?:też|także|więcej)|zobacz (?:też|także)|"
    r"baca juga|читайте также|читать далее|اقرأ أيضا|إقرأ أيضا|관련기사|関連記事|あわせて読みたい|यह भी पढ़ें)",
    re.I,
)
_BYLINE = re.compile(
    r"^\W{0,2}(?:by|von|par|por|di|door|af|av|oleh|text|texte|written by|posted by|published|updated|last updated|posted on|"
    r"veröffentlicht|aktualisiert|erstellt|publié|mis à jour|publicado|actualizado|pubblicato|aggiornato|stand)\b",
    re.I,
)


def is_furniture(text: str) -> bool:
    """Whether a short block opens like page furniture ("Read more", "Lesen Sie auch", "Photo:")."""
    return _FURNITURE.match(text) is not None


def is_byline(text: str) -> bool:
    """Whether a short block opens like a byline or a line of dates ("By ...", "Stand: ...")."""
    return len(text) < 120 and _BYLINE.match(text) is not None


_ADDRESS = re.compile(r"https?://|\bwww\.", re.I)


def shows_address(text: str) -> bool:
    """Whether a link shows where it goes: a reference of the text, not a teaser for another page."""
    return _ADDRESS.search(text) is not None
