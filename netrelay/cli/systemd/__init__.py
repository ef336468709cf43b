"""Units of a node: their state as systemd reports it, and in words."""
