"""The agency's side: its files and its interface, into filings."""
