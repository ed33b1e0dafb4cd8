"""How to walk, by access method and never by outlet: feed, sitemap, section, page."""
