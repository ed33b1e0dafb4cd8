"""`scrapy crawl sitemap -a url=…`: the articles listed by a sitemap, a sitemap index or a Google News sitemap."""

from crawler.spiders.alone import AloneSpider


class SitemapSpider(AloneSpider):
    """Polls a sitemap, a sitemap index or a Google News sitemap and reads the pages it lists."""

    name = "sitemap"
    kind = "sitemap"
