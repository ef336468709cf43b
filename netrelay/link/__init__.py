"""TLS connections between nodes that know each other."""
