"""The page: a machine in one HTML file that needs nothing else, no network either.

``page`` is the public face. Python puts the words, the pictures and the data into the templates of
``templates/page``; what happens on a click is in the script there.
"""

from .html import page

__all__ = ["page"]
