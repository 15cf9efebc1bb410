"""The pages. ``data`` opens the warehouse; pages, components and charts only show what it returns."""
