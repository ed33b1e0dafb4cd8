"""What the crawl asks and is told: the frontier, what hosts allow, what came back, what is kept as evidence."""
