"""A language server: what editors show about a profile while you write it."""
