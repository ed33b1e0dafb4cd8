"""Names that are looked up get a bound both databases keep, and the public names of stories one meaning.

A stored name over its bound (SQLite took any length) is kept as its beginning and the digest of the whole, as
news.names.bounded now does on the way in. `AFP:urn` + `x` and `AFP` + `urn:x` were one key: a colon, or the per cent
sign it is escaped by, in the agency's own name is escaped. Names of all other agencies stay as they are, and so do
verdicts and addresses of pages of ours.

Revises: 0014.
"""

import hashlib
import re

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BOUNDS = {
    2000: (
        ("pages", "url"),
        ("feeds", "url"),
        ("fetches", "url"),
        ("articles", "canonical_url"),
        ("articles", "import_id"),
        ("import_ids", "import_id"),
        ("verdicts", "article_url"),
    ),
    1200: (("story_versions", "slugline"), ("notices", "slugline"), ("stories", "slugline")),
    600: (
        ("stories", "key"),
        ("story_names", "name"),
        ("story_versions", "take_id"),
        ("notices", "item_id"),
        ("verdicts", "story_key"),
    ),
    80: (("stories", "agency"), ("licences", "agency"), ("credits", "agency")),
}
_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f]+")


def upgrade() -> None:
    for most_bytes, columns in _BOUNDS.items():
        for table, column in columns:
            _shorten(table, column, most_bytes)
    for agency in op.get_bind().scalars(sa.text("select distinct agency from stories")).all():
        escaped = agency.replace("%", "%25").replace(":", "%3A")
        if escaped != agency:
            _rename(f"{agency}:", f"{escaped}:", agency)


def _shorten(table: str, column: str, most_bytes: int) -> None:
    connection = op.get_bind()
    size = "octet_length({})" if connection.dialect.name == "postgresql" else "length(cast({} as blob))"
    query = f"select distinct {column} from {table} where {size.format(column)} > :most"  # noqa: S608  -- names of our tables
    for before in connection.scalars(sa.text(query), {"most": most_bytes}).all():
        encoded = _IN_NAMES.sub(" ", before).encode("utf-8", "replace")
        digest = f"…{hashlib.sha256(encoded).hexdigest()[:32]}"
        after = encoded[: most_bytes - len(digest.encode())].decode("utf-8", "ignore") + digest
        change = f"update {table} set {column} = :after where {column} = :before"  # noqa: S608  -- as above
        connection.execute(sa.text(change), {"before": before, "after": after})


def _rename(before: str, after: str, agency: str) -> None:
    """Let the names of one agency's stories, takes and items begin with its escaped name; verdicts follow."""
    ours = "{column} in (select {column} from {table} join stories on {joined} where stories.agency = :agency)"
    for table, column, joined in (
        ("verdicts", "story_key", "stories.key = verdicts.story_key"),
        ("story_versions", "take_id", "stories.id = story_versions.story_id"),
        ("notices", "item_id", "stories.id = notices.story_id"),
        ("story_names", "name", "stories.id = story_names.story_id"),
        ("stories", "key", ""),
    ):
        which = ours.format(table=table, column=column, joined=joined) if joined else "agency = :agency"
        op.get_bind().execute(
            sa.text(
                f"update {table} set {column} = :after || substr({column}, :from)"  # noqa: S608  -- as above
                f" where {which} and substr({column}, 1, :length) = :before"
            ),
            {"after": after, "before": before, "from": len(before) + 1, "length": len(before), "agency": agency},
        )


def downgrade() -> None:
    """Shortened names stay as they are; names that only this version can write are read back by it alone."""
