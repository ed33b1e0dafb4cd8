"""What a page says about itself: its metas, the names of its site, its canonical address, believed with care."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from crawler.extractors.blocks import Page, squeeze, text_key
from crawler.extractors.choosing import Candidate
from crawler.extractors.jsonld import Node, text
from news.addresses import site_of
from news.articles import Outlet
from news.canonical import claims_its_own

_LOCALE = re.compile(r"[A-Za-z]{2,3}[-_][A-Za-z]{2}$")


@dataclass(frozen=True, slots=True)
class Said:
    """A value with the rule that chose it and the words on the page."""

    value: str
    rule: str
    evidence: str = ""
    candidates: tuple[Candidate[str], ...] = ()


def meta(page: Page, *names: str) -> str:
    """The first meta element with one of the names, in the order of the names."""
    for wanted in names:
        for name, value in page.metas:
            if name == wanted:
                return squeeze(html.unescape(value))
    return ""


def locale(page: Page) -> str:
    """The language that the page states with its region ("en-GB"), which says how dates are written there; else ""."""
    stated = (page.language, meta(page, "og:locale", "content-language", "language", "dc.language"))
    return next((one.strip() for one in stated if _LOCALE.match(one.strip())), "")


def is_site_name(part: str, site_names: tuple[str, ...]) -> bool:
    """Whether a part of a title is the site's name; blanks do not count (globaltimes.cn, "Global Times")."""
    joined = text_key(part).replace(" ", "")
    return bool(joined) and any(joined == name.replace(" ", "") for name in site_names)


def site_names(page: Page, node: Node, outlet: Outlet | None = None) -> tuple[str, ...]:
    """The names under which the site may sign a title, as keys."""
    names = [outlet.name if outlet is not None else "", meta(page, "og:site_name", "application-name", "twitter:site")]
    publisher = node.get("publisher")
    names.append(text({"p": publisher}, "p") if publisher else "")
    host = urlsplit(page.url).hostname or ""
    label = site_of(page.url).partition(".")[0]
    names += [host, host.removeprefix("www."), label, label.replace("-", " ")]
    return tuple({text_key(name) for name in names if name} - {""})


def canonical(page: Page, headline: str) -> Said:
    """The page's canonical address when that can be this article's (news.canonical), else its own address."""
    for rule, value in (("link canonical", page.canonical), ("og:url", meta(page, "og:url"))):
        if not value:
            continue
        try:
            address = urljoin(page.url, value)
        except ValueError:
            continue
        if claims_its_own(address, page.url, headline):
            return Said(address, rule, value)
    return Said(page.url, "own address")
