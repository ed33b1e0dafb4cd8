"""Reads what outlets list: feeds, sitemaps and section pages become the same Listing. No network, no Scrapy."""

from crawler.listings.listing import Listing, read_listing

__all__ = ["Listing", "read_listing"]
