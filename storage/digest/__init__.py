"""What the daily and weekly emails say, as frozen rows, and the outbox they leave by."""
