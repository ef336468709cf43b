"""The eight processes; netrelay/README.md describes their common shape."""
