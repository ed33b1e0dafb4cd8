"""What people ask: the twelve questions, one thing in full, and what the pages show. All read only."""
