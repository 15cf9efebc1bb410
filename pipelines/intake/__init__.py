"""One received file to canonical rows and rejects, every row accounted for."""
