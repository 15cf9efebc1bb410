"""Renderers: each writes a document's model in one format and computes nothing but where things stand on the page."""

from pipelines.report.render.choose import ENDINGS, UnknownFormat, check, render

__all__ = ["ENDINGS", "UnknownFormat", "check", "render"]
