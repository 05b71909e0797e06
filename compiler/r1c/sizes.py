"""How large a file may be that r1c reads whole: one of a person, or one of its own."""

SIZE_LIMIT = 128 * 1024
"""Bytes. A recipe profile has about two thousand; a larger file is not one, and is not worth the time to
parse.
"""
OUTPUT_LIMIT = 1 << 20
"""Bytes of an output file that are read: no file of r1c has as many."""
