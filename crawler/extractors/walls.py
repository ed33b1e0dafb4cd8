"""Whether a page holds only the beginning of its article: a subscription wall, a teaser that breaks off.

Most sites that call an article paid send its whole text and hide it by script, so the statement alone decides nothing:
a text is cut short when it is also short or breaks off (an ellipsis, no end of a sentence), or when an offer to
subscribe follows a text that is not long. A long text with an offer below it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from crawler.extractors import hints
from crawler.extractors.anycase import AnyCase
from crawler.extractors.blocks import Page
from crawler.extractors.body import Body
from crawler.extractors.jsonld import Node
from crawler.extractors.metadata import Said, meta

_SHORT = 1200
"""Characters that a teaser may have: the longest of the pages looked at had 1,100."""
_LOOKED_AT = 2500
"""Characters from which on a text is taken for whole, whatever is offered below it."""
_OFFER = AnyCase(
    r"\b(?:"
    # English
    r"(?:subscribe|sign (?:up|in)|register|log ?in|become a (?:member|subscriber)|start (?:your|a) (?:free )?trial)\b"
    r".{0,40}\b(?:to|and) (?:continue|keep|read|unlock|access|view)\b"
    r"|to (?:continue|keep) reading\b|to read the (?:full|rest|whole)\b|(?:continue|keep) reading with\b"
    r"|this (?:article|story|content) is (?:for|only (?:for|available to)|reserved for|exclusive to) .{0,20}"
    r"(?:subscribers|members)|(?:subscribers?|members?)[- ]only (?:article|story|content)\b|already a subscriber\b"
    # German
    r"|um (?:weiterzulesen|(?:diesen|den (?:ganzen|vollständigen)) (?:artikel|text|beitrag) (?:zu|weiter))"
    r"|(?:jetzt|mit .{2,30}) weiterlesen\b|weiterlesen mit\b|bereits abonnent|sie haben bereits ein abo\b"
    r"|(?:diesen|den ganzen|den vollständigen) (?:artikel|text|beitrag) .{0,30}(?:abo|abonnent|freischalten)"
    # French
    r"|(?:cet )?article (?:est )?réservé aux abonnés|la suite est réservée|pour (?:lire|découvrir) la suite\b"
    r"|il vous reste \d+ ?% |déjà abonné|abonnez-vous pour (?:lire|continuer)"
    r"|pour continuer (?:à lire|votre lecture)"
    # Spanish
    r"|(?:suscríbete|suscríbase|regístrate|inicia sesión|hazte socio) para (?:seguir|continuar|leer)"
    r"|para (?:seguir|continuar) leyendo\b|(?:contenido|artículo) exclusivo para (?:suscriptores|socios)"
    r"|ya eres suscriptor"
    # Portuguese
    r"|(?:assine|cadastre-se|faça login|entre) para (?:continuar|ler)|para continuar (?:lendo|a ler)\b"
    r"|(?:conteúdo|artigo) exclusivo para (?:assinantes|subscritores)|já é assinante"
    # Italian
    r"|(?:abbonati|registrati|accedi) per (?:continuare|leggere)|per continuare a leggere\b"
    r"|(?:contenuto|articolo) (?:riservato|esclusivo) (?:agli|per gli) abbonati|sei già abbonato"
    # Turkish
    r"|devamını (?:okumak için|oku)|(?:abonelere|üyelere) özel|zaten abone misiniz"
    r")",
)
_OFFER_UNSPACED = re.compile(
    # Arabic
    r"(?:اشترك|سجل|للاشتراك).{0,30}(?:لمتابعة|لإكمال|لقراءة)|لمتابعة القراءة"
    r"|هذا المحتوى (?:خاص|حصري) (?:ب|لل)?المشتركين"
    # Japanese
    r"|(?:この|こちらの)記事は(?:有料)?会員(?:限定|のみ)|続きを(?:読むには|お読み)|残り\s?\d+\s?文字|会員登録(?:すると|して)"
)
"""Where a word may stand within a longer one. Apart from the others, which are tried at the start of words only."""
_WALLS = re.compile(
    r"pay-?wall|piano|reg-?wall|subscri(?:be|ber|ption)-?(?:wall|only|box|prompt|overlay|gate)|premium-?(?:wall|box|teaser)"
    r"|metered|tp-container|article-?(?:locked|gate)|content-?(?:gate|lock)|abo-?(?:box|wall|teaser)|plus-?(?:wall|box)"
)
_BROKEN_OFF = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\W{0,3}$")
_ENDED = re.compile(r"[.!?…。！？؟।:;)\]\"'»”’“」』]\s*$|\w/\w{2,5}\W*$")
_MORE = re.compile(
    r"^\W*(?:read (?:more|on|the (?:full|rest|whole))|continue reading|full (?:story|article)|weiterlesen|mehr lesen|"
    r"lire la suite|seguir leyendo|leer más|continuar lendo|leia mais|continua a leggere|leggi tutto|devamı|"
    r"اقرأ المزيد|続きを読む)",
    re.I,
)


def cut_short(page: Page, node: Node, body: Body, offer: int | None) -> Said:
    """`value` is "yes" when the page holds only the beginning of its text, with the rule and the words; else "".

    `offer` is the block that offer_within() finds.
    """
    if offer is not None:
        return Said("yes", "offer to subscribe as the end of the text", body.blocks[offer].text)
    size = sum(len(block.text) for block in body.blocks)
    if size > _LOOKED_AT:
        return Said("", "the text is long")
    last = body.blocks[-1].text
    broken = _BROKEN_OFF.search(last) is not None
    for rule, words, sure in _signs(page, node, body, size):
        if broken or sure or (size < _SHORT and not _ENDED.search(last)):
            return Said("yes", f"{rule}, and the text breaks off" if broken else rule, words)
    return Said("", "no wall, or the text goes on to its end")


def without_offer(body: Body, offer: int | None) -> Body:
    """The body up to the offer that ends it: "Il vous reste 57 % de cet article à lire." (lemonde.fr)."""
    return replace(body, blocks=body.blocks[:offer]) if offer else body


def offer_within(body: Body) -> int | None:
    """Which of the last blocks of the body is an offer to subscribe; None for a body without."""
    first = max(0, len(body.blocks) - 4)
    ends = enumerate(body.blocks[first:], first)
    return next((n for n, block in ends if _is_offer(block.text)), None)


def _is_offer(text: str) -> bool:
    if len(text) >= 300:
        return False
    return _OFFER.occurs(text) or (not text.isascii() and _OFFER_UNSPACED.search(text) is not None)


def _signs(page: Page, node: Node, body: Body, size: int) -> Iterator[tuple[str, str, bool]]:
    """Rule, words, and whether they are enough by themselves for a text of this length."""
    for block in page.blocks[max(body.start, body.end - 2) : body.end + 8]:
        if block.frame.out & (hints.FOOTER | hints.COMMENT | hints.NAVIGATION):
            continue
        if _is_offer(block.text):
            yield "offer to subscribe at the end of the text", block.text, True
        elif block.link_density > 0.8 and _MORE.match(block.text):
            yield "link to the rest of the text", block.text, False
        if block.order >= body.end:
            wall = next((frame.hints for frame in block.frame.ancestors() if _WALLS.search(frame.hints)), "")
            if wall:
                yield "wall below the text", wall, False
    if _is_paid(node):
        yield "json-ld isAccessibleForFree false, and the text is short", "isAccessibleForFree", size < _SHORT
    tier = meta(page, "article:content_tier", "content_tier", "article.opinion")
    if tier.lower() in ("locked", "metered", "premium", "paid"):
        yield "meta article:content_tier", tier, False


def _is_paid(node: Node) -> bool:
    return str(node.get("isAccessibleForFree", "")).rpartition("/")[2].lower() in ("false", "no", "0")
