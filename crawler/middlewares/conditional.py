"""Ask only for what changed: the validators of the last good answer go out with the request.

Scrapy's RFC2616Policy would hand back a cached 200 and everything would be read again; here a 304 stays a 304. Some
servers answer 304 wrongly for ever, so a task whose daily unconditional turn it is carries no validators.
"""

from __future__ import annotations

from scrapy import Request

from crawler.visits import FeedTask, PageTask


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
    """Whether this task asks conditionally."""
    wanted = task.conditional if isinstance(task, FeedTask) else True
    return wanted and bool(task.etag or task.last_modified)
