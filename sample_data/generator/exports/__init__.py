"""One module per system that a vendor or the client exports from. Each takes a frame and gives a file's bytes."""
