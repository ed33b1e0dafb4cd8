"""A newsroom on loopback: one agency, thirteen outlets, and the truth written down."""
