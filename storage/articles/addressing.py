"""Under which address a look at an article is kept: the one its page claims, or the page's own.

What a page claims has been judged by itself already (news.canonical). Here is judged what only the tables know:

    the claimed host is another outlet's ─> the page's own address
    a text that has nothing to do with it came from another address under the same claim ─> each keeps its own from now
    on, the one stored before too: the address is noted as contested, so that it does not matter which came first
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from news.addresses import host_of
from news.articles import Article
from news.names import LONGEST_NAME_BYTES, bounded, clean
from storage.crawling.outlet_rows import owner_of
from storage.in_parts import in_parts
from storage.inserting import insert_into
from storage.matches.verdicts import follow_address
from storage.models import ArticleRow, ArticleVersionRow, ContestedAddressRow

_ALIKE: Final = 0.3
"""Of the words of the shorter text, how many the longer must have to be the same article: a rewritten one keeps more,
two articles of one desk share the small words of their language."""
_FEW_WORDS: Final = 20
_WORD = re.compile(r"\w{4,}")


@dataclass(frozen=True, slots=True)
class Place:
    """Under which address a look is kept, and which the page itself has."""

    url: str
    own: str

    @property
    def seen_under(self) -> str | None:
        """The page's own address, where that is another."""
        return self.own if self.own != self.url else None


def places(session: Session, articles: Iterable[Article]) -> list[Place]:
    """Where looks at these articles belong. Raises ValueError for an address of over 2,000 bytes."""
    found = [_place(session, article) for article in articles]
    claims = {place.url for place in found if place.seen_under}
    if not claims:
        return found
    address = ContestedAddressRow.address
    contested = {one for part in in_parts(claims) for one in session.scalars(select(address).where(address.in_(part)))}
    return [Place(place.own, place.own) if place.url in contested else place for place in found]


def _place(session: Session, article: Article) -> Place:
    own, claimed = _storable(article.url or article.canonical_url), _storable(article.canonical_url or article.url)
    here, there = host_of(own), host_of(claimed)
    owner = owner_of(session, there) if here != there else None
    return Place(claimed if owner is None or owner == owner_of(session, here) else own, own)


def contests(versions: Sequence[ArticleVersionRow], fresh: ArticleVersionRow) -> bool:
    """Whether a look is at another article than the one stored under the address both claim.

    A text that expired says nothing, and neither do two looks at one address, whatever became of the page.
    """
    if any(version.seen_under == fresh.seen_under for version in versions):
        return False
    said = _words(fresh)
    return all(_apart(said, _words(version)) for version in versions if version.pruned_at is None) and any(
        version.pruned_at is None for version in versions
    )


def give_back(session: Session, row: ArticleRow, versions: Sequence[ArticleVersionRow]) -> None:
    """Note the address as contested, and let the article under it go by the one it was seen under, if that is one."""
    address = row.canonical_url
    session.execute(insert_into(session, ContestedAddressRow).values(address=address).on_conflict_do_nothing())
    seen_under = {version.seen_under for version in versions}
    own = seen_under.pop() if len(seen_under) == 1 else None
    if own is None or session.scalars(select(ArticleRow.id).where(ArticleRow.canonical_url == own)).first():
        return
    row.canonical_url = own
    session.execute(
        update(ArticleVersionRow).where(ArticleVersionRow.article_id == row.id).values(seen_under=None, matched_by=""),
        execution_options={"synchronize_session": "fetch"},
    )
    session.flush()
    follow_address(session, address, own)


def _storable(url: str) -> str:
    url = clean(url)
    if len(url.encode()) > LONGEST_NAME_BYTES:
        raise ValueError(f"address of {len(url.encode())} bytes: {url[:100]}…")
    return bounded(url, LONGEST_NAME_BYTES)


def _words(version: ArticleVersionRow) -> frozenset[str]:
    text = " ".join([version.headline, *version.paragraphs]).lower()
    return frozenset(_WORD.findall(text))


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter >= _FEW_WORDS and len(one & other) < _ALIKE * shorter
