"""The room of review documents: answers become one model of a document, and the model is written in several formats.

A document is built once from one version (:mod:`pipelines.report.brief`, :mod:`pipelines.report.pack`) as plain values:
sentences, figures with their evidence, tables, charts. :mod:`pipelines.report.render` writes it as PPTX, PDF, XLSX or
HTML and computes nothing.
"""
