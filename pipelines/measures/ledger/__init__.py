"""The parts of the ledger of reported against recomputed figures (``pipelines.measures.reconcile``)."""
