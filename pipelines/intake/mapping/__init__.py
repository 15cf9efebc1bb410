"""The mapping language at work: raw cells to canonical columns, by whole columns and batch after batch."""
