"""The views for people who query: defined as data, made at every upgrade, narrowed for the questions."""
