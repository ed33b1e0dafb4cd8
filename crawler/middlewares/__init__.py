"""Between spider and network: safe addresses, politeness, robots.txt, conditional requests, redirects."""
