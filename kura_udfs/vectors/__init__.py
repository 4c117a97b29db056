"""Texts as vectors, and who lies next to whom."""
