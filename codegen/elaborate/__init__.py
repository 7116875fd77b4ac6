"""From the raw structure of a spec to the checked model: every name resolved, every snippet typed.

One module a section of the spec; ``assemble.py`` puts them together. Mistakes go into the
diagnostics and elaboration goes on, so that all are found at once.
"""
