"""Pages that are no article although they hold text: error pages, checks for robots, consent walls.

Only the page's own title is judged, and only when its text is short: an article about a 404 page is an article.
"""

from __future__ import annotations

import re

LONGEST_NOTICE = 1500
"""Characters; consent walls and error pages seen hold less."""
_TITLES = {
    "error page": r"(?:error\s*)?(?:404|403|410|500|502|503)\b|page not found|not found$|seite nicht gefunden|"
    r"page introuvable|página no encontrada|pagina non trovata|service unavailable|internal server error|bad gateway",
    "refused access": r"access denied|forbidden|zugriff verweigert|accès refusé|acceso denegado|you have been blocked",
    "check for robots": r"just a moment|attention required|are you (?:a robot|human)|please verify you|security check|"
    r"checking your browser|captcha|pardon our interruption",
    "consent wall": r"before you continue|bevor sie fortfahren|(?:your )?(?:privacy|cookie) (?:choices|settings)|"
    r"datenschutz(?:einstellungen|hinweis)?$|vor ihrem besuch|nous (?:et nos partenaires|utilisons des cookies)",
}
_PATTERNS = tuple((name, re.compile(rf"\W*(?:{pattern})", re.I)) for name, pattern in _TITLES.items())


def reason_against(title: str, paragraphs: tuple[str, ...]) -> str:
    """What the page is instead of an article, or ""."""
    if sum(map(len, paragraphs)) > LONGEST_NOTICE:
        return ""
    return next((name for name, pattern in _PATTERNS if pattern.match(title)), "")
