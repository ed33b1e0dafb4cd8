"""Does a paragraph tell readers that the article was corrected? In the forms papers print, in six languages.

Only at the head of a short paragraph, or in sentences that speak of the article itself: "the ministry corrected its
figures" is news.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 900
"""Characters of a note. Longer paragraphs are the story."""

_HEADS: Final = (
    "corrections?|corrected|clarification|update and correction|retraction|erratum|note to readers|for the record",
    "editor['’]?s['’]? note|editors['’]? note",
    "rectificatif|rectification|correctif|précision|mise au point|note de la rédaction|ndlr",
    r"korrektur|berichtigung|richtigstellung|korrigiert|(?:anmerkung|hinweis) der redaktion|anm\. d\. red",
    "corrección|rectificación|fe de err(?:atas|ores)|aclaración|nota (?:del editor|de (?:la )?redacción)",
    "correção|errata|retificação|esclarecimento|nota d(?:a redação|o editor)",
    "تصحيح|تصويب|تنويه|توضيح|استدراك|ملاحظة (?:من )?المحرر",
)
_ITSELF: Final = (
    r"\b(?:earlier|previous|original|first) version of th(?:is|e) (?:story|article|report|item|page)",
    r"\bthis (?:story|article|report|item|headline) (?:has been|was|is) (?:\w{1,12} ){0,2}"
    "(?:corrected|updated to correct|amended|retracted|withdrawn)",
    r"\bha(?:s|ve) (?:been )?withdrawn (?:this|the|its) (?:story|report|article)",
    r"\bversion (?:précédente|antérieure|initiale) de (?:cet |l['’])article",
    r"\bcet article a été (?:corrigé|rectifié|modifié|retiré)",
    r"\b(?:früheren?|ersten|vorherigen) (?:version|fassung) (?:dieses|des) (?:artikels|beitrags|textes)",
    r"\b(?:dieser|der) (?:artikel|beitrag|text) wurde (?:\w{1,14} ){0,2}(?:korrigiert|berichtigt|zurückgezogen)",
    r"\bversión (?:anterior|previa|inicial) de est[ae] (?:noticia|artículo|nota|información)",
    r"\best[ae] (?:noticia|artículo|nota|información) (?:ha sido|fue) (?:corregid|rectificad|retirad)[ao]",
    r"\bversão (?:anterior|inicial) dest[ae] (?:notícia|artigo|reportagem|texto|matéria)",
    r"\best[ae] (?:notícia|artigo|reportagem|texto|matéria) foi (?:corrigid|retificad|retirad)[ao]",
    "نسخة سابقة من (?:هذا|هذه)|تم (?:تصحيح|تعديل|سحب) (?:هذا|هذه)",
)
_HEAD: Final = re.compile(
    r"\W{0,8}(?:" + "|".join(_HEADS) + r")\b\s{0,3}(?:[:.–—-]|\([^)\n]{1,40}\)|$|\d)", re.IGNORECASE
)
_ABOUT_ITSELF: Final = re.compile("|".join(_ITSELF), re.IGNORECASE)


def is_note(paragraph: str) -> bool:
    """Whether a paragraph tells of a correction, clarification or withdrawal of the article it stands in."""
    if len(paragraph) > LONGEST:
        return False
    return bool(_HEAD.match(paragraph) or _ABOUT_ITSELF.search(paragraph))
