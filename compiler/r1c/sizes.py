"""How large a file of a person may be, where r1c reads it whole."""

SIZE_LIMIT = 128 * 1024
"""Bytes. A recipe profile has about two thousand; a larger file is not one, and is not worth the time to
parse.
"""
