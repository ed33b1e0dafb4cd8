"""Everything stored, out and in again: exports, restores, another database."""
