"""`scrapy crawl page -a url=…`: one page, first visit or revisit."""

from crawler.spiders.alone import AloneSpider


class PageSpider(AloneSpider):
    """Reads one page."""

    name = "page"
