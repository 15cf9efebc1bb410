"""What should have come, what came, and what is wrong with it."""
