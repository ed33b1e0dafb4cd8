"""A newsroom on loopback: one agency, twelve outlets, and the truth written down."""
