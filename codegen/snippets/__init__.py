"""Snippets: the checked subset of Python that guards and updates are written in."""
