"""The flow, on one page. Each line is a job: a function that a person calls from the command line and the daemon calls
in a child process, with nothing in between.

    crawl     due feeds and pages of some hosts ─> spiders ─> extractors ─> articles, versions      jobs.crawling
    wire      agency files ─> crawler.wire ─> filings: takes, notices; refused ones listed          jobs.receiving
    poll      AFP's interface, from where it was read to ─> the same way                            jobs.polling
    load      JSONL rows or saved pages ─> articles and filings                                     jobs.importing
    match     unmatched versions and takes ─> families ─> stories inferred, pickups decided         jobs.matching
    pairs     any two articles that share text; why: what links two, side by side                   jobs.pairing
    digest    yesterday's pickups in the reader's zone ─> one email ─> outbox ─> SMTP or a folder   jobs.digesting
    backfill  WARC archives ─> the same extractors ─> articles, as if crawled                       jobs.backfilling
    reread    pages we kept ─> today's extractors ─> what reads differently                         jobs.rereading
    export    articles, versions, stories, pickups ─> JSONL or Parquet                              jobs.exporting
    db copy   everything ─> another database, row for row                                           jobs.moving
    worker    the same jobs, taken from a queue on PostgreSQL                                       jobs.working

Everything a job must remember is a row; every job can be stopped at any point and run again. This package is the only
caller of the clock and of the database's address; what it calls gets `now` and a session.
"""
