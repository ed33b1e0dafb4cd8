"""The first tables.

Revises: nothing, this is the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agencies",
        sa.Column("code", sa.Text(), nullable=False, comment="catalogue code, such as AFP"),
        sa.Column("name", sa.Text(), nullable=False, comment="full name"),
        sa.Column("country", sa.Text(), nullable=False, comment="ISO 3166 country, or empty"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_agencies")),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("local_date", sa.Date(), nullable=False, comment="the day it reports on, in the reader's zone"),
        sa.Column("recipient", sa.Text(), nullable=False, comment="email address, or 'file' when none is configured"),
        sa.Column("message_id", sa.Text(), nullable=False, comment="stable per date and recipient"),
        sa.Column(
            "state", sa.String(length=10), nullable=False, comment="composed, sending, sent, uncertain or written"
        ),
        sa.Column("composed_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column(
            "sending_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the delivery now under way began, UTC",
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True, comment="when the server took it, UTC"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="deliveries begun"),
        sa.Column("error", sa.Text(), nullable=False, comment="last delivery failure"),
        sa.Column("subject", sa.Text(), nullable=False, comment="subject line"),
        sa.Column("message", sa.LargeBinary(), nullable=False, comment="the whole message, RFC 5322"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("local_date", "recipient", name=op.f("uq_digests_local_date_recipient")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False, comment="job:match, host:example.com, …"),
        sa.Column("token", sa.String(length=40), nullable=False, comment="who holds it"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="when the claim lapses, UTC"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "outlets",
        sa.Column("id", sa.Text(), nullable=False, comment="catalogue id, or the host"),
        sa.Column("name", sa.Text(), nullable=False, comment="display name"),
        sa.Column("hosts", sa.JSON(), nullable=False, comment="list of host names, with port where one is part of it"),
        sa.Column("country", sa.Text(), nullable=False, comment="ISO 3166 country, or empty"),
        sa.Column("zone", sa.String(length=64), nullable=False, comment="IANA time zone its pages keep, or empty"),
        sa.Column("language", sa.Text(), nullable=False, comment="BCP 47 language, or empty"),
        sa.Column("agency", sa.Text(), nullable=False, comment="set when the site is an agency's own"),
        sa.Column(
            "boilerplate",
            sa.LargeBinary(),
            nullable=True,
            comment="fingerprints its pages repeat on unrelated articles, as learned",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlets")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("job", sa.String(length=20), nullable=False, comment="crawl, match, digest, …"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), nullable=True, comment="UTC; null while running or after a crash"
        ),
        sa.Column("outcome", sa.String(length=20), nullable=False, comment="running, ok or failed"),
        sa.Column("counts", sa.JSON(), nullable=False, comment="what it did: {name: number}"),
        sa.Column("error", sa.Text(), nullable=False, comment="why it failed, in words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runs_job_started_at"), ["job", "started_at"], unique=False)

    op.create_table(
        "stories",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="public name: AFP:<story id>, or AFP~<hash> while inferred"
        ),
        sa.Column("agency", sa.Text(), nullable=False, comment="agency code"),
        sa.Column("origin", sa.String(length=10), nullable=False, comment="filed or inferred"),
        sa.Column("slugline", sa.Text(), nullable=False, comment="agency's keyword over the takes"),
        sa.Column("headline", sa.Text(), nullable=False, comment="of the newest take"),
        sa.Column("language", sa.Text(), nullable=False, comment="BCP 47 language, or empty"),
        sa.Column(
            "status",
            sa.String(length=12),
            nullable=False,
            comment="usable, corrected, killed, withheld or embargoed: the last word of the agency",
        ),
        sa.Column(
            "embargo_until", sa.DateTime(timezone=True), nullable=True, comment="not to be published before, UTC"
        ),
        sa.Column(
            "filed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="filed: best single instant, UTC; null when none is stated",
        ),
        sa.Column("filed_earliest", sa.DateTime(timezone=True), nullable=True, comment="filed: not before, UTC"),
        sa.Column("filed_latest", sa.DateTime(timezone=True), nullable=True, comment="filed: not after, UTC"),
        sa.Column("filed_source", sa.String(length=20), nullable=False, comment="filed: where the evidence stood"),
        sa.Column(
            "filed_zone", sa.String(length=10), nullable=False, comment="filed: offset stated, outlet's or unknown"
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, comment="when we first knew of it, UTC"),
        sa.CheckConstraint("origin in ('filed', 'inferred')", name=op.f("ck_stories_origin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sa.UniqueConstraint("key", name=op.f("uq_stories_key")),
    )
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stories_agency"), ["agency"], unique=False)

    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("article_url", sa.Text(), nullable=False, comment="canonical address: outlives a re-import"),
        sa.Column("story_key", sa.Text(), nullable=False, comment="public name of the story"),
        sa.Column("judgement", sa.String(length=10), nullable=False, comment="confirm or reject"),
        sa.Column("judged_by", sa.Text(), nullable=False, comment="who"),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column("note", sa.Text(), nullable=False, comment="why, in words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("article_url", "story_key", name=op.f("uq_verdicts_article_url_story_key")),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("outlet_id", sa.Text(), nullable=False, comment="outlet"),
        sa.Column("canonical_url", sa.Text(), nullable=False, comment="the article's one address"),
        sa.Column("import_id", sa.Text(), nullable=True, comment="id given with an imported row"),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlets.id"], name=op.f("fk_articles_outlet_id_outlets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("canonical_url", name=op.f("uq_articles_canonical_url")),
        sa.UniqueConstraint("import_id", name=op.f("uq_articles_import_id")),
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_articles_first_seen_at"), ["first_seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_outlet_id"), ["outlet_id"], unique=False)

    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("outlet_id", sa.Text(), nullable=False, comment="outlet"),
        sa.Column("url", sa.Text(), nullable=False, comment="address polled"),
        sa.Column("host", sa.Text(), nullable=False, comment="host with port: the unit of politeness"),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="feed, sitemap or section"),
        sa.Column(
            "parent_id",
            sa.Integer(),
            nullable=True,
            comment="sitemap index that listed it; null when the catalogue names it",
        ),
        sa.Column("active", sa.Boolean(), nullable=False, comment="false when the catalogue no longer names it"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, comment="next poll, UTC"),
        sa.Column("interval_minutes", sa.Double(), nullable=False, comment="present poll interval, minutes"),
        sa.Column("lease_token", sa.String(length=40), nullable=True, comment="who is polling it now"),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True, comment="when that claim lapses, UTC"),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True, comment="last poll, UTC"),
        sa.Column(
            "unconditional_at", sa.DateTime(timezone=True), nullable=True, comment="last poll without validators, UTC"
        ),
        sa.Column("etag", sa.Text(), nullable=False, comment="validator of the last 200"),
        sa.Column("last_modified", sa.Text(), nullable=False, comment="validator of the last 200"),
        sa.Column("failures", sa.Integer(), nullable=False, comment="failed polls in a row"),
        sa.Column("outcome", sa.String(length=40), nullable=False, comment="result of the last poll"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it failed, in words"),
        sa.Column(
            "found_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it last listed a page not seen before, UTC",
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlets.id"], name=op.f("fk_feeds_outlet_id_outlets"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["feeds.id"], name=op.f("fk_feeds_parent_id_feeds"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("url", name=op.f("uq_feeds_url")),
    )
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feeds_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_host"), ["host"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_outlet_id"), ["outlet_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "fetches",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("outlet_id", sa.Text(), nullable=False, comment="outlet"),
        sa.Column("url", sa.Text(), nullable=False, comment="address asked for"),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column("status", sa.Integer(), nullable=True, comment="HTTP status, or null when none came"),
        sa.Column("bytes", sa.Integer(), nullable=False, comment="size of the body"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the body, hexadecimal"),
        sa.Column(
            "outcome",
            sa.String(length=40),
            nullable=False,
            comment="ok, not modified, refused, gone, failed, not an article",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why, in words"),
        sa.Column("tdm", sa.Text(), nullable=False, comment="text and data mining signals as received"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlets.id"], name=op.f("fk_fetches_outlet_id_outlets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetches")),
    )
    with op.batch_alter_table("fetches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fetches_fetched_at"), ["fetched_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_fetches_outlet_id"), ["outlet_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fetches_url"), ["url"], unique=False)

    op.create_table(
        "licences",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("outlet_id", sa.Text(), nullable=False, comment="outlet"),
        sa.Column("agency", sa.Text(), nullable=False, comment="agency code"),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="first day, or null for always"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day, or null for open-ended"),
        sa.Column("terms", sa.Text(), nullable=False, comment="licensed, none, or the contract's words"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlets.id"], name=op.f("fk_licences_outlet_id_outlets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
        sa.UniqueConstraint("outlet_id", "agency", "valid_from", name=op.f("uq_licences_outlet_id_agency_valid_from")),
    )
    op.create_table(
        "outlet_hosts",
        sa.Column("host", sa.Text(), nullable=False, comment="host, lower case, with port where one is part of it"),
        sa.Column("outlet_id", sa.Text(), nullable=False, comment="outlet"),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlets.id"], name=op.f("fk_outlet_hosts_outlet_id_outlets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_outlet_hosts")),
    )
    with op.batch_alter_table("outlet_hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outlet_hosts_outlet_id"), ["outlet_id"], unique=False)

    op.create_table(
        "story_versions",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("story_id", sa.Integer(), nullable=False, comment="story"),
        sa.Column("take", sa.Integer(), nullable=False, comment="1, 2, … in order of filing"),
        sa.Column(
            "take_id", sa.Text(), nullable=True, comment="agency code and the agency's own id of this item: AFP:<id>"
        ),
        sa.Column("supersedes", sa.Text(), nullable=False, comment="the agency's id of the item it replaces, or empty"),
        sa.Column("slugline", sa.Text(), nullable=False, comment="agency's keyword over the takes"),
        sa.Column("revision", sa.Integer(), nullable=True, comment="agency's own revision number"),
        sa.Column("headline", sa.Text(), nullable=False, comment="as filed"),
        sa.Column("paragraphs", sa.JSON(), nullable=False, comment="list of plain text paragraphs"),
        sa.Column("byline", sa.Text(), nullable=False, comment="the writer, as displayed"),
        sa.Column("dateline", sa.Text(), nullable=False, comment="place that opens the text"),
        sa.Column("language", sa.Text(), nullable=False, comment="BCP 47 language, or empty"),
        sa.Column("urgency", sa.Integer(), nullable=True, comment="agency's urgency, 1 highest"),
        sa.Column("words", sa.Integer(), nullable=False, comment="words in the paragraphs"),
        sa.Column("status", sa.String(length=12), nullable=False, comment="as Filing.status"),
        sa.Column(
            "status_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the agency gave that status, UTC; null when inferred",
        ),
        sa.Column(
            "embargo_until", sa.DateTime(timezone=True), nullable=True, comment="not to be published before, UTC"
        ),
        sa.Column("notice", sa.Text(), nullable=False, comment="editorial text of a correction or kill"),
        sa.Column("usage_terms", sa.Text(), nullable=False, comment="terms written in the item"),
        sa.Column(
            "filed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="filed: best single instant, UTC; null when none is stated",
        ),
        sa.Column("filed_earliest", sa.DateTime(timezone=True), nullable=True, comment="filed: not before, UTC"),
        sa.Column("filed_latest", sa.DateTime(timezone=True), nullable=True, comment="filed: not after, UTC"),
        sa.Column("filed_source", sa.String(length=20), nullable=False, comment="filed: where the evidence stood"),
        sa.Column(
            "filed_zone", sa.String(length=10), nullable=False, comment="filed: offset stated, outlet's or unknown"
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column("received_from", sa.Text(), nullable=False, comment="file or address it came from"),
        sa.Column("content_sha256", sa.String(length=64), nullable=False, comment="of headline and paragraphs"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True, comment="matcher.fingerprint.to_bytes"),
        sa.Column("matched_by", sa.String(length=20), nullable=False, comment="matcher version, empty while unmatched"),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_versions_story_id_stories"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_versions")),
        sa.UniqueConstraint("story_id", "take", name=op.f("uq_story_versions_story_id_take")),
        sa.UniqueConstraint(
            "story_id", "take_id", "content_sha256", name=op.f("uq_story_versions_story_id_take_id_content_sha256")
        ),
    )
    with op.batch_alter_table("story_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_versions_matched_by"), ["matched_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_story_versions_story_id"), ["story_id"], unique=False)

    op.create_table(
        "article_versions",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("article_id", sa.Integer(), nullable=False, comment="article"),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, … in order of sight"),
        sa.Column("current", sa.Boolean(), nullable=False, comment="true for the version seen last"),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, comment="when this text was first seen, UTC"),
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), nullable=False, comment="when this text was last seen, UTC"
        ),
        sa.Column("headline", sa.Text(), nullable=False, comment="as displayed"),
        sa.Column("paragraphs", sa.JSON(), nullable=False, comment="list of plain text paragraphs"),
        sa.Column("byline", sa.Text(), nullable=False, comment="the writer, as displayed"),
        sa.Column("dateline", sa.Text(), nullable=False, comment="place that opens the text"),
        sa.Column("language", sa.Text(), nullable=False, comment="BCP 47 language, or empty"),
        sa.Column("words", sa.Integer(), nullable=False, comment="words in the paragraphs"),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="published: best single instant, UTC; null when none is stated",
        ),
        sa.Column(
            "published_earliest", sa.DateTime(timezone=True), nullable=True, comment="published: not before, UTC"
        ),
        sa.Column("published_latest", sa.DateTime(timezone=True), nullable=True, comment="published: not after, UTC"),
        sa.Column(
            "published_source", sa.String(length=20), nullable=False, comment="published: where the evidence stood"
        ),
        sa.Column(
            "published_zone",
            sa.String(length=10),
            nullable=False,
            comment="published: offset stated, outlet's or unknown",
        ),
        sa.Column(
            "modified_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="modified: best single instant, UTC; null when none is stated",
        ),
        sa.Column("modified_earliest", sa.DateTime(timezone=True), nullable=True, comment="modified: not before, UTC"),
        sa.Column("modified_latest", sa.DateTime(timezone=True), nullable=True, comment="modified: not after, UTC"),
        sa.Column(
            "modified_source", sa.String(length=20), nullable=False, comment="modified: where the evidence stood"
        ),
        sa.Column(
            "modified_zone",
            sa.String(length=10),
            nullable=False,
            comment="modified: offset stated, outlet's or unknown",
        ),
        sa.Column(
            "content_sha256", sa.String(length=64), nullable=False, comment="of headline, paragraphs and credits"
        ),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True, comment="matcher.fingerprint.to_bytes"),
        sa.Column("matched_by", sa.String(length=20), nullable=False, comment="matcher version, empty while unmatched"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_versions_article_id_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_versions")),
        sa.UniqueConstraint("article_id", "number", name=op.f("uq_article_versions_article_id_number")),
    )
    with op.batch_alter_table("article_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_versions_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_article_versions_matched_by"), ["matched_by"], unique=False)
        batch_op.create_index(
            "uq_article_versions_current",
            ["article_id"],
            unique=True,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        )

    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("story_id", sa.Integer(), nullable=False, comment="story"),
        sa.Column("story_version_id", sa.Integer(), nullable=True, comment="take it speaks of; null before one came"),
        sa.Column(
            "item_id",
            sa.Text(),
            nullable=False,
            comment="agency code and the agency's own id of the item that carried it",
        ),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="correction, kill, hold or embargo"),
        sa.Column("text", sa.Text(), nullable=False, comment="what the agency wrote"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, comment="when the agency sent it, UTC"),
        sa.Column(
            "embargo_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of an embargo: not to be published before, UTC",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True, comment="when the last pickup complied, UTC"),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_notices_story_id_stories"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_version_id"],
            ["story_versions.id"],
            name=op.f("fk_notices_story_version_id_story_versions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("story_id", "item_id", "kind", name=op.f("uq_notices_story_id_item_id_kind")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_story_id"), ["story_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notices_story_version_id"), ["story_version_id"], unique=False)

    op.create_table(
        "pages",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("outlet_id", sa.Text(), nullable=False, comment="outlet"),
        sa.Column("url", sa.Text(), nullable=False, comment="address, without tracking parameters"),
        sa.Column("host", sa.Text(), nullable=False, comment="host with port: the unit of politeness"),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False, comment="when it was first listed, UTC"),
        sa.Column("found_in", sa.Text(), nullable=False, comment="feed it was first found in"),
        sa.Column("listed_headline", sa.Text(), nullable=False, comment="headline the feed gave"),
        sa.Column(
            "listed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="listed: best single instant, UTC; null when none is stated",
        ),
        sa.Column("listed_earliest", sa.DateTime(timezone=True), nullable=True, comment="listed: not before, UTC"),
        sa.Column("listed_latest", sa.DateTime(timezone=True), nullable=True, comment="listed: not after, UTC"),
        sa.Column("listed_source", sa.String(length=20), nullable=False, comment="listed: where the evidence stood"),
        sa.Column(
            "listed_zone", sa.String(length=10), nullable=False, comment="listed: offset stated, outlet's or unknown"
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="next fetch, UTC; null when it is not visited again",
        ),
        sa.Column("lease_token", sa.String(length=40), nullable=True, comment="who is fetching it now"),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True, comment="when that claim lapses, UTC"),
        sa.Column("visits", sa.Integer(), nullable=False, comment="times fetched"),
        sa.Column("failures", sa.Integer(), nullable=False, comment="failed fetches in a row"),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True, comment="last fetch, UTC"),
        sa.Column("etag", sa.Text(), nullable=False, comment="validator of the last 200"),
        sa.Column("last_modified", sa.Text(), nullable=False, comment="validator of the last 200"),
        sa.Column("outcome", sa.String(length=40), nullable=False, comment="result of the last fetch"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it failed, in words"),
        sa.Column("article_id", sa.Integer(), nullable=True, comment="article"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_pages_article_id_articles"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlets.id"], name=op.f("fk_pages_outlet_id_outlets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("url", name=op.f("uq_pages_url")),
    )
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pages_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pages_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_pages_host_due_at"), ["host", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_pages_outlet_id"), ["outlet_id"], unique=False)

    op.create_table(
        "credits",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("version_id", sa.Integer(), nullable=False, comment="article version"),
        sa.Column("agency", sa.Text(), nullable=False, comment="agency code, empty for a generic credit"),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="text, joint, generic, photo or quoted"),
        sa.Column("place", sa.Text(), nullable=False, comment="where on the page"),
        sa.Column("text", sa.Text(), nullable=False, comment="exact string as displayed"),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["article_versions.id"],
            name=op.f("fk_credits_version_id_article_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credits")),
    )
    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credits_version_id"), ["version_id"], unique=False)

    op.create_table(
        "notice_states",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("notice_id", sa.Integer(), nullable=False, comment="notice"),
        sa.Column("article_id", sa.Integer(), nullable=False, comment="article"),
        sa.Column(
            "state", sa.String(length=20), nullable=False, comment="unchanged, silently changed, noted, removed, …"
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_notice_states_article_id_articles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_notice_states_notice_id_notices"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_states")),
        sa.UniqueConstraint("notice_id", "article_id", name=op.f("uq_notice_states_notice_id_article_id")),
    )
    with op.batch_alter_table("notice_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_states_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_states_notice_id"), ["notice_id"], unique=False)

    op.create_table(
        "pickups",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("article_id", sa.Integer(), nullable=False, comment="article"),
        sa.Column("version_id", sa.Integer(), nullable=False, comment="article version"),
        sa.Column("story_id", sa.Integer(), nullable=False, comment="story"),
        sa.Column("story_version_id", sa.Integer(), nullable=False, comment="take"),
        sa.Column(
            "certainty", sa.String(length=10), nullable=False, comment="linked, possible, or confirmed by a person"
        ),
        sa.Column("use", sa.String(length=20), nullable=False, comment="verbatim, cut, edited, merged, partial, …"),
        sa.Column(
            "share_of_article", sa.Double(), nullable=False, comment="0..1, words of the article that are story text"
        ),
        sa.Column("share_of_story", sa.Double(), nullable=False, comment="0..1, words of the take that were used"),
        sa.Column("covered_words", sa.Integer(), nullable=False, comment="words of the article in aligned passages"),
        sa.Column("score", sa.Double(), nullable=False, comment="0..1"),
        sa.Column(
            "credited",
            sa.String(length=20),
            nullable=False,
            comment="text, joint, generic, photo, quoted, wrong or none",
        ),
        sa.Column("credit_text", sa.Text(), nullable=False, comment="exact string of the credit that counts"),
        sa.Column(
            "delay_minutes", sa.Double(), nullable=True, comment="published minus filed, minutes; null when not known"
        ),
        sa.Column("delay_earliest", sa.Double(), nullable=True, comment="least delay the bounds allow, minutes"),
        sa.Column("delay_latest", sa.Double(), nullable=True, comment="largest delay the bounds allow, minutes"),
        sa.Column("spans", sa.JSON(), nullable=False, comment="[article start, end, story start, end, exact] in words"),
        sa.Column(
            "edits", sa.JSON(), nullable=False, comment="{kind, story_text, article_text, substantive, …}, worst first"
        ),
        sa.Column("reasons", sa.JSON(), nullable=False, comment="sentences of evidence"),
        sa.Column("matcher_version", sa.String(length=20), nullable=False, comment="matcher that judged it"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_pickups_article_id_articles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_pickups_story_id_stories"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_version_id"],
            ["story_versions.id"],
            name=op.f("fk_pickups_story_version_id_story_versions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["article_versions.id"],
            name=op.f("fk_pickups_version_id_article_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickups")),
        sa.UniqueConstraint("version_id", "story_id", name=op.f("uq_pickups_version_id_story_id")),
    )
    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pickups_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pickups_story_id"), ["story_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pickups_story_version_id"), ["story_version_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pickups_version_id"), ["version_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pickups_version_id"))
        batch_op.drop_index(batch_op.f("ix_pickups_story_version_id"))
        batch_op.drop_index(batch_op.f("ix_pickups_story_id"))
        batch_op.drop_index(batch_op.f("ix_pickups_article_id"))

    op.drop_table("pickups")
    with op.batch_alter_table("notice_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_states_notice_id"))
        batch_op.drop_index(batch_op.f("ix_notice_states_article_id"))

    op.drop_table("notice_states")
    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credits_version_id"))

    op.drop_table("credits")
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pages_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_pages_host_due_at"))
        batch_op.drop_index(batch_op.f("ix_pages_due_at"))
        batch_op.drop_index(batch_op.f("ix_pages_article_id"))

    op.drop_table("pages")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notices_story_version_id"))
        batch_op.drop_index(batch_op.f("ix_notices_story_id"))

    op.drop_table("notices")
    with op.batch_alter_table("article_versions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_article_versions_current", sqlite_where=sa.text("current"), postgresql_where=sa.text("current")
        )
        batch_op.drop_index(batch_op.f("ix_article_versions_matched_by"))
        batch_op.drop_index(batch_op.f("ix_article_versions_article_id"))

    op.drop_table("article_versions")
    with op.batch_alter_table("story_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_versions_story_id"))
        batch_op.drop_index(batch_op.f("ix_story_versions_matched_by"))

    op.drop_table("story_versions")
    with op.batch_alter_table("outlet_hosts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outlet_hosts_outlet_id"))

    op.drop_table("outlet_hosts")
    op.drop_table("licences")
    with op.batch_alter_table("fetches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fetches_url"))
        batch_op.drop_index(batch_op.f("ix_fetches_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_fetches_fetched_at"))

    op.drop_table("fetches")
    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feeds_parent_id"))
        batch_op.drop_index(batch_op.f("ix_feeds_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_feeds_host"))
        batch_op.drop_index(batch_op.f("ix_feeds_due_at"))

    op.drop_table("feeds")
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_articles_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_articles_first_seen_at"))

    op.drop_table("articles")
    op.drop_table("verdicts")
    with op.batch_alter_table("stories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stories_agency"))

    op.drop_table("stories")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_runs_job_started_at"))

    op.drop_table("runs")
    op.drop_table("outlets")
    op.drop_table("leases")
    op.drop_table("digests")
    op.drop_table("agencies")
