"""A stick that nobody should trust, at a running node: `make fuzz-sticks`."""
