"""Confirming and rejecting a link from its page: the one thing the pages can write, and only when asked to.

    form of the pickup page ─> same site? token of this very link? ─> storage.matches.verdicts ─> back to the page

Another site's page can make a reader's browser send a form here, but neither read the token out of ours nor pretend
to be of this site: both are asked for. The token is made of the link it judges and a key this process alone knows.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Engine
from starlette.requests import Request

from news.errors import BadParameterError, ForbiddenError
from report.clean import one_line
from storage.engine import writing
from storage.matches import verdicts
from storage.matches.verdicts import Judgement

VERBS: Final = ("confirm", "reject", "withdraw")
LARGEST_BODY: Final = 64 * 1024
_LONGEST: Final = {"article": 2_000, "story": 2_000, "verb": 20, "by": 120, "note": 1_000, "token": 100}


@dataclass(frozen=True, slots=True)
class Judging:
    """Whether and for whom verdicts are taken. `key` is random for each process; `name` stands in the form already."""

    key: bytes
    name: str = ""

    def token(self, article: str, story: str) -> str:
        """What the form of this link must bring."""
        return hmac.new(self.key, f"{article}\n{story}".encode(), "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a link. `verb` is confirm, reject or withdraw."""

    article: str
    story: str
    verb: str
    by: str
    note: str


def read(request: Request, body: bytes, judging: Judging, user: str) -> Said:
    """The form, when a page of ours sent it. `user`, as a proxy named them, goes before a name that was typed.

    Raises ForbiddenError when it came from elsewhere, BadParameterError when it makes no sense.
    """
    _require_same_site(request)
    fields = _fields(body)
    token = judging.token(fields["article"], fields["story"])
    if not hmac.compare_digest(fields["token"].encode("utf-8", "replace"), token.encode()):
        raise ForbiddenError("this form is not of this server, or of before its last start: open the page again")
    if fields["verb"] not in VERBS:
        raise BadParameterError("verb", f"must be one of {', '.join(VERBS)}")
    by = one_line(user or fields["by"])
    if not by:
        raise BadParameterError("by", "a verdict needs the name of who gives it")
    return Said(fields["article"], fields["story"], fields["verb"], by, one_line(fields["note"]))


def keep(engine: Engine, said: Said, now: datetime) -> None:
    """Store what was said. Raises UnknownObjectError when article or story is not stored."""
    with writing(engine) as session:
        if said.verb == "withdraw":
            verdicts.withdraw(session, article=said.article, story=said.story)
            return
        judgement = cast(Judgement, said.verb)
        verdicts.judge(
            session, article=said.article, story=said.story, judgement=judgement, judged_by=said.by, now=now,
            note=said.note,
        )  # fmt: skip


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise BadParameterError("form", "cannot be read") from error
    given = dict(pairs)
    if len(given) != len(pairs) or given.keys() - _LONGEST.keys():
        raise BadParameterError("form", "has fields this page does not send")
    fields = {name: given.get(name, "") for name in _LONGEST}
    for name, longest in _LONGEST.items():
        if len(fields[name]) > longest or "\0" in fields[name]:
            raise BadParameterError(name, f"must be text of at most {longest} characters")
    return fields


def _require_same_site(request: Request) -> None:
    """By what browsers say of where a form stood. Ours send `Origin: null`, for our pages ask for no referrer."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        same = site == "same-origin"
    else:
        same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not same:
        raise ForbiddenError("this form was sent from another site")
