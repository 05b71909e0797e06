"""A profile and other versions -> what the step changes, and the edits that lead to a clean profile."""
