"""Which agency story does this text carry? Pure functions: no I/O, no clock."""
