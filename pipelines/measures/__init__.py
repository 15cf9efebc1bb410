"""Figures: what is measured, under which definition, from how many contacts and with what uncertainty.

Pure functions from Polars frames to Polars frames: nothing here opens a database or draws a page.
"""
