"""What class names, ids, roles and wordings say about a place on a page.

The lists are the words news sites use for their furniture, in the languages of the catalogue; they were collected
by looking at the pages that were read wrong, and each is a hint only: a frame that holds most of the
prose of the page is never furniture, whatever it is called (weights.py decides that).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from crawler.extractors.lexicon import Lexicon, WordList

NAVIGATION = 1
FOOTER = 1 << 1
ASIDE = 1 << 2
FIGURE = 1 << 3
CAPTION = 1 << 4
FORM = 1 << 5
HEADER = 1 << 6
HIDDEN = 1 << 7
PARAGRAPH = 1 << 8
LIST_ITEM = 1 << 9
QUOTE = 1 << 10
HEADING = 1 << 11
PREFORMATTED = 1 << 12
CELL = 1 << 13
ARTICLE = 1 << 14
MAIN = 1 << 15
COMMENT = 1 << 16
FURNITURE = 1 << 17
BODY = 1 << 18
BYLINE = 1 << 19
DECK = 1 << 20
EMBED = 1 << 21
CREDIT = 1 << 22
BIO = 1 << 23
BOX = 1 << 24
TEASER = 1 << 25
MENU = 1 << 26
MARKED = 1 << 27
"""An inline element of such a class is remembered as a mark: it holds a time, a name, an agency."""

NOT_PROSE = NAVIGATION | FOOTER | CAPTION | FORM | HIDDEN | COMMENT | FURNITURE | TEASER
"""A block here adds nothing to the weight of the frames around it."""
UNWALKED = NAVIGATION | FOOTER | MENU | COMMENT
"""A frame with one of these is not walked through at first, when it holds no text elements."""
INLINE_BLOCKS = CAPTION | COMMENT
"""An inline element with one of these is read as a block of its own (`<span class="caption">`)."""

_COMMENT = WordList(
    words=(r"comments? commentlist comentarios? commentaires? kommentare? commenti respond replies"),
    parts=(
        r"disqus comment-?(?:list|form|area|section|box|wrap|body|content|text) livefyre fb-comments "
        r"leserkommentar viafoura comment-?links"
    ),
)
_FURNITURE = WordList(
    words=(
        r"ads? advert adverts sponsor sponsored promo promos share sharing social related recommended "
        r"recommendations? sidebar breadcrumbs? menu nav navbar navigation footer newsletter subscribe "
        r"subscription signup cookies? consent popup modal overlay toolbar pagination pager tags? taglist topics "
        r"print login promotion banner outbrain taboola trending popular mostread ticker rating votes? poll quiz "
        r"rss follow copyright disclaimer skip sr screenreader partners? shop offers? donate donation jp yarpp crp "
        r"weiterlesen rubriken werbung anzeige teilen verwandt relacionadas? relacionados publicidad compartir "
        r"partager correlati condividi"
    ),
    parts=(
        r"breadcrumb addthis sharedaddy share-?(?:bar|buttons?|links?|tools?|icons?) "
        r"social-?(?:bar|links?|media|icons?|share) "
        r"related-?(?:posts?|articles?|news|stories|content|links?|items?|topics) relatedposts "
        r"read-?(?:more|also|next) most-?(?:read|popular|viewed) more-?(?:news|stories|from|articles|on) see-?also "
        r"recirc recommend newsletter advertis adsbygoogle post-?(?:nav|tags|meta-tags) "
        r"entry-?(?:tags|utility|footer) tag-?(?:list|cloud|links) cookie-?(?:bar|banner|notice|law) mailchimp "
        r"popup screen-?reader visually-?hidden sr-only aria-hidden article-?(?:tags|footer|share|tools|related) "
        r"sidebar (?:left|right)-?column widget(?:-?area|_) jp-relatedposts nav-?(?:links|below|above|single) "
        r"site-?(?:footer|header|nav) mw-editsection infobox toc(?:$|\s|-) wp-polls wppolls wpcnt ssba swp_ heateor "
        r"essb"
    ),
)
_BYLINE = WordList(
    words=(r"byline bylines? authors? autor auteurs? autore verfasser dateline meta postmeta"),
    parts=(
        r"byline author-?(?:name|info|link) (?:article|post|entry|story)-?(?:meta|info|author|date|source|details) "
        r"timestamp pub-?date"
    ),
)
_BIO = WordList(
    parts=(
        r"author-?(?:bio|box|card|desc|profile|about|description|biography) about-?(?:the-?)?author authorbox "
        r"autor(?:en)?-?(?:box|info) user-?bio contributor-?bio post-?author authors?-?bio vcard"
    ),
)
_CAPTION = WordList(
    words=(r"caption captions legend legende bildunterschrift bildtext bu copyright fotocredit"),
    parts=(
        r"caption "
        r"(?:image|img|photo|picture|foto|media|bild)-?(?:credit|desc|text|legend|info|source|quelle|author)s? "
        r"photocredit bildnachweis bildquelle"
    ),
)
_BODY = WordList(
    parts=(
        r"article-?(?:body|text|content|main|copy|page|inner|detail) "
        r"(?:post|entry|story|news|page|single|blog|main)-?(?:body|content|text|copy|entry) articlebody storytext "
        r"storybody bodytext body-?(?:copy|text|content) field-name-body field--name-body rich-?text "
        r"artikel-?(?:text|inhalt|body) td-post-content cuerpo texto-?(?:noticia|articulo) nota-?(?:cuerpo|texto) "
        r"corps article__(?:body|content|text) paragraph h-entry hentry e-content instapaper_body articulo contenu"
    ),
)
_DECK = WordList(
    words=(
        r"standfirst deck dek lead lede summary intro teaser subtitle subheadline subhead abstract excerpt chapo "
        r"chapeau anriss vorspann entradilla bajada sottotitolo sommario kicker description preamble ingress "
        r"subheading introduction sapo lid"
    ),
    parts=(
        r"standfirst subtitle sub-?headline article-?(?:intro|lead|summary|teaser|deck|dek) "
        r"(?:post|entry)-?(?:intro|lead|summary|excerpt)"
    ),
)
_EMBED = WordList(
    words=(r"instagram instagram-media tiktok tiktok-embed do-display-embed youtube facebook"),
)
_BOX = WordList(
    words=(r"kasten pullquote pull-quote"),
    parts=(r"(?:info|fact|side|expandable|explainer|fakten|infos|hintergrund)-?(?:box|kasten|panel)"),
)
_FIGURE = WordList(
    words=(r"image img photo picture pictures photos bild foto pic picbox video player"),
    parts=(r"wp-caption gallery slideshow carousel lightbox pic-?box video-?(?:player|box|wrap|container|block)"),
)
_MARKED = WordList(
    parts=(
        r"byline author autor auteur source quelle fuente fonte agenc agentur date datum fecha time publi updated "
        r"credit"
    )
)
_MENU = WordList(
    words=(r"menu menus submenu sub-menu nav navbar navigation footer cookie cookies pagination"),
    parts=(
        r"site-?(?:footer|nav|header) main-?(?:menu|nav) (?:mega|sub|top|footer|mobile)-?menu "
        r"nav-?(?:bar|menu|main|links) tag-?cloud breadcrumb"
    ),
)
_TEASER = WordList(
    words=(r"teasers? excerpt card cards"),
    parts=(r"teaser post-excerpt"),
)
_CREDIT = WordList(
    words=(r"source sources credit credits quelle fuente fonte agency agence agencia agentur provider"),
)
_ROLES = {
    "navigation": NAVIGATION,
    "banner": HEADER,
    "contentinfo": FOOTER,
    "complementary": ASIDE,
    "search": FORM,
    "main": MAIN,
    "dialog": FURNITURE,
    "alertdialog": FURNITURE,
    "menu": NAVIGATION,
    "menubar": NAVIGATION,
}
_BY_WORD = (
    (_COMMENT, COMMENT),
    (_FURNITURE, FURNITURE),
    (_BYLINE, BYLINE),
    (_BIO, BIO),
    (_CAPTION, CAPTION),
    (_BODY, BODY),
    (_DECK, DECK),
    (_EMBED, EMBED),
    (_BOX, BOX),
    (_FIGURE, FIGURE),
    (_TEASER, TEASER),
    (_MENU, MENU),
    (_MARKED, MARKED),
    (_CREDIT, CREDIT),
)
_TEXT_TAGS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "b", "strong", "em", "i"))
_TEXT_FURNITURE = WordList(
    words=(r"related promo newsletter share advert ad copyright tags? weiterlesen disclaimer"),
    parts=(
        r"read-?(?:more|also|next) related- see-?also newsletter most-?read screen-?reader visually-?hidden "
        r"sr-only"
    ),
)
"""On a paragraph itself many words of the long list mean nothing (`<p class="paywall">` is the text behind one)."""
_BY_WORD_IN_TEXT = (
    (_TEXT_FURNITURE, FURNITURE),
    (_COMMENT, COMMENT),
    (_BYLINE, BYLINE),
    (_CAPTION, CAPTION),
    (_EMBED, EMBED),
    (_TEASER, TEASER),
    (_DECK, DECK),
    (_CREDIT, CREDIT),
)
_POST = re.compile(r"(?:^|\s)(?:hentry|type-post|type-article|post-\d+|node-\d+|status-publish)(?:\s|$)")
_BY_WORD_ON_POST = ((_BODY, BODY), (_DECK, DECK))
"""WordPress writes tags and states into the article's own class: "post type-post tag-politics comments-open"."""
_LEXICONS = {"block": Lexicon(_BY_WORD), "text": Lexicon(_BY_WORD_IN_TEXT), "post": Lexicon(_BY_WORD_ON_POST)}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


_NAMING = ("id", "data-testid", "data-component")
_TELLING = frozenset((*_NAMING, "role", "itemprop", "style", "hidden", "aria-hidden"))
"""Attributes that say something about a place beside its class."""
_NOTHING = ("", 0, "")
_LONGEST = 400
"""Characters of an element's names that are read, and remembered."""
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none")


def read(el: Any, tag: str) -> tuple[str, int, str]:
    """(class and id as one lower-case string, own flags, itemprop) of an element.

    Runs for every element of every page, and most have nothing but a class to say.
    """
    attributes = dict(el.items())
    raw = attributes.get("class", "")
    if _TELLING.isdisjoint(attributes):
        return _judged(raw[:_LONGEST], tag) if raw else _NOTHING
    for name in _NAMING:
        if name in attributes:
            raw = f"{raw} {attributes[name]}"
    role = attributes.get("role")
    if role in _ROLES:
        raw = f"{raw} role:{role}"
    hint, flags, _ = _judged(raw[:_LONGEST], tag) if raw else _NOTHING
    return hint, flags | HIDDEN if _is_hidden(attributes) else flags, attributes.get("itemprop", "")


def _is_hidden(attributes: dict[str, str]) -> bool:
    """Whether an element says itself that it is not shown."""
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style", "")
    return "none" in style and _NOT_DISPLAYED.search(style) is not None


@lru_cache(maxsize=20_000)
def _judged(raw: str, tag: str) -> tuple[str, int, str]:
    """The names of an element in lower case with camel case parted, the flags they stand for, and no itemprop."""
    words = raw.split()
    if ":" in raw or "[" in raw:
        # Utility classes (`dark:link-child`, `[&_a]:share`) speak of looks and states, not of the place.
        words = [word for word in words if word.startswith("role:") or (":" not in word and "[" not in word)]
    hint = " ".join(words)
    if not hint.islower():
        hint = _CAMEL.sub("-", hint).lower()
    return hint, _flags(hint, tag) | (HIDDEN if "hidden" in words else 0), ""


def _flags(hint: str, tag: str) -> int:
    """The flags that a class-and-id string stands for; none for `<body>`, which carries the words of the whole page."""
    if tag in ("body", "html"):
        return 0
    kind = "text" if tag in _TEXT_TAGS else "block"
    if _POST.search(hint) or tag in ("article", "main"):
        kind = "post"
    flags = 0
    for word in hint.split():
        flags |= _flags_of_word(word, kind)
    if "role:" in hint:
        flags |= _ROLES.get(hint.rpartition("role:")[2], 0)
    return flags


@lru_cache(maxsize=50_000)
def _flags_of_word(word: str, kind: str) -> int:
    """The flags of one class name. Sites combine few names in many ways: remembered by name, most are known."""
    return _LEXICONS[kind].flags(word)


_SENTENCE = re.compile(r"""[.!?…。！？।։؟][)\]"'»”’“」』]*(?:\s|$)""")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def is_prose(text: str, size: int, link_chars: int) -> bool:
    """Whether a block reads like running text: long enough, few links, at least one sentence end."""
    if link_chars * 3 > size:
        return False
    if size < 50:
        return size >= 20 and bool(_CJK.search(text)) and bool(_SENTENCE.search(text))
    return size >= 300 or bool(_SENTENCE.search(text))
