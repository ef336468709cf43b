"""What systemd reports about the units of a node, and what it means."""
