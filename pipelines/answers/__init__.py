"""What commands and pages ask: the one place where warehouse, trust and measures come together.

A figure on a page and the same figure from the command line come from the same call here.
"""
