"""The eight processes."""
