"""What a person says to the database: verdicts and licences."""

from __future__ import annotations

from datetime import date

from crawler.addresses import normalise
from jobs.context import Context, JobError
from storage import verdicts
from storage.engine import writing
from storage.licences import Licence, set_licence
from storage.verdicts import Judgement


def stored_name(name: str) -> str:
    """What a person types, as it is stored: addresses without tracking parameters, ids as they are."""
    return normalise(name) if name.startswith(("http://", "https://")) else name


def judge(context: Context, article: str, story: str, judgement: Judgement, by: str, note: str) -> None:
    """Store a verdict. Raises UnknownObjectError when article or story is not stored."""
    with writing(context.engine) as session:
        verdicts.judge(
            session,
            article=stored_name(article),
            story=story,
            judgement=judgement,
            judged_by=by,
            now=context.now(),
            note=note,
        )


def license_outlet(
    context: Context, outlet: str, agency: str, terms: str, since: date | None, until: date | None
) -> None:
    """Store what an outlet may use of an agency. Raises JobError for an agency or dates that cannot be."""
    if agency not in context.catalogue.agencies:
        raise JobError(f"agency {agency!r} is not in the catalogue")
    try:
        with writing(context.engine) as session:
            set_licence(session, Licence(outlet, agency, terms, since, until))
    except ValueError as error:
        raise JobError(str(error)) from error
