"""`scrapy crawl feed -a url=…`: the articles listed by RSS or Atom."""

from crawler.spiders.alone import AloneSpider


class FeedSpider(AloneSpider):
    """Polls RSS or Atom and reads the pages it lists."""

    name = "feed"
    kind = "feed"
