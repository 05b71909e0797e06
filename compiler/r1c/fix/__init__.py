"""Edits of findings -> the profile's text with them, and nothing else in it changed."""
