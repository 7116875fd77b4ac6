"""Mutation: one small change of a spec at a time, and who notices it.

``mutants`` makes the changes, ``judges`` has them judged, ``table`` tells the result.
"""
