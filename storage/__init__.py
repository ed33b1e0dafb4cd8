"""The tables and every SQL statement, for SQLite and PostgreSQL alike.

    models/     the tables                                     views/    the same by plain names, for people's own SQL
    crawling/   the frontier, what hosts allow, what came      agency/   filings, takes, notices, what was refused
    articles/   a version per change of text, kept for a time  matches/  what the matcher reads and writes; verdicts
    totals/     columns of a million pickups, summed up        asking/   the questions, one thing in full, the pages
    digest/     what the emails say, and the outbox            moving/   into another database, files, a backup

engine.py alone knows how a database is opened, migrate.py brings it to this program's schema. Functions take a session
and `now`; none opens a connection or reads a clock.
"""
