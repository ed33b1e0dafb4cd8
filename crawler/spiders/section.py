"""`scrapy crawl section -a url=…`: the articles listed by a section page."""

from crawler.spiders.alone import AloneSpider


class SectionSpider(AloneSpider):
    """Polls a section page and reads the pages it lists."""

    name = "section"
    kind = "section"
