"""Charts: each a pure function from a frame to a chart, beside the frame that says the same in words."""
