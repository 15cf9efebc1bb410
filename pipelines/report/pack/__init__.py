"""The quarterly pack: fourteen sections and an appendix, each made from the answers to one question."""

from pipelines.report.pack.build import build_pack

__all__ = ["build_pack"]
