"""What was read of outlets: articles, versions, credits and moments, saved once, kept for a time."""
