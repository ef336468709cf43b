"""States of a node's units as systemd reports them, and their meaning."""
