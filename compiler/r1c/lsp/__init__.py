"""A language server: what editors show of a profile while it is written."""
