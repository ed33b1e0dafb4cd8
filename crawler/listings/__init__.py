"""Reads what outlets list: feeds, sitemaps and section pages become the same Listing. No network, no Scrapy."""

from crawler.listings.found_links import Listing
from crawler.listings.listing import read_listing

__all__ = ["Listing", "read_listing"]
