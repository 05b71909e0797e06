"""A Document -> the Profile: what a recipe may say, and the faults of what one says."""
