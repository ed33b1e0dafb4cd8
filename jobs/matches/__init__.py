"""The match job and all it works with: the library of fingerprints, closures, the judgement, two texts compared."""
