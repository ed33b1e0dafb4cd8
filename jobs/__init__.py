"""The flow, on one page. Each line is a job: a function that a person calls from the command line and the daemon calls
in a child process, with nothing in between. On the right, where it begins.

    crawl     due feeds and pages of some hosts ─> spiders ─> extractors ─> articles, versions  crawling
    wire      agency files ─> crawler.wire ─> filings: takes, notices; refused ones listed      agency.receiving
    poll      AFP's interface, from where it was read to ─> the same way                        agency.polling
    load      JSONL rows or saved pages ─> articles and filings                                 importing
    match     unmatched versions and takes ─> families ─> stories inferred, pickups decided     matches.matching
    pairs     any two articles that share text; why: what links two, side by side               matches.pairing
    digest    yesterday's pickups in the reader's zone ─> one email ─> outbox ─> SMTP or a folder  digesting
    backfill  WARC archives ─> the same extractors ─> articles, as if crawled                   archives.backfilling
    reread    pages we kept ─> today's extractors ─> what reads differently                     archives.rereading
    export    articles, versions, stories, pickups ─> JSONL or Parquet                          moving.exporting
    db copy   everything ─> another database, row for row                                       moving.installation
    worker    the same jobs, taken from a queue on PostgreSQL                                   workers.working

    daemon/     what is due, the children, how it says that it is well        notices/   what outlets did about them
    context.py  what every job works with     leasing.py  one process at a time     settings.py  every setting, as rows
    storing.py  what a crawl brings, kept     in_hand.py  what a process has begun: known when it was killed

Everything a job must remember is a row; every job can be stopped at any point and run again. This package is the only
caller of the clock and of the database's address; what it calls gets `now` and a session.
"""
