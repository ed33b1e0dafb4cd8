"""Ask only for what changed: the validators of the last good answer go out with the request.

Scrapy's RFC2616Policy would hand back a cached 200 and everything would be read again; here a 304 stays a 304. Some
servers answer 304 wrongly for ever (FreshRSS issue 6712), so now and then a task carries no validators.
"""

from __future__ import annotations

from scrapy import Request

from news.visits import FeedTask, PageTask

UNCONDITIONAL_VISITS = 5


class ConditionalRequests:
    """Downloader middleware: If-None-Match and If-Modified-Since from the task in `request.meta["task"]`."""

    def process_request(self, request: Request) -> None:
        """Redirects keep the headers: the validators came from the end of the same chain."""
        task = request.meta.get("task")
        if not isinstance(task, FeedTask | PageTask) or not conditional(task):
            return
        if task.etag:
            request.headers.setdefault("If-None-Match", task.etag)
        if task.last_modified:
            request.headers.setdefault("If-Modified-Since", task.last_modified)


def conditional(task: FeedTask | PageTask) -> bool:
    """Whether this task asks conditionally. Feeds have their daily turn without validators, pages every fifth visit."""
    wanted = task.conditional if isinstance(task, FeedTask) else task.visits % UNCONDITIONAL_VISITS != 0
    return wanted and bool(task.etag or task.last_modified)
