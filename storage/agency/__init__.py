"""The agency's side: filings as chains of takes, notices and what outlets did about them, refused files."""
