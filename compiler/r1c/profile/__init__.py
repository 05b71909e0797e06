"""A Document -> the Recipe: what a recipe may say, and the faults of what one says."""
