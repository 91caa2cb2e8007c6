"""Hypothesis on every parser that takes outside bytes, for as long as one likes.

parsers    what is tried on each, and what must hold of whatever comes out
__main__   `python -m tests.fuzz --seconds 600 [PARSER]...`

`tests/test_fuzz.py` tries a few of the same examples in every run of the tests.
"""
