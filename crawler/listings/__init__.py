"""Reads what outlets list: feeds, sitemaps and section pages become the same Listing. No network, no Scrapy."""

from crawler.listings.listing import read_listing
from crawler.listings.shapes import Listing

__all__ = ["Listing", "read_listing"]
