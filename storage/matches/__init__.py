"""What the matcher reads and writes: texts, fingerprints, pickups, who copied whom, and what people said about them."""
