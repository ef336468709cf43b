"""TLS connections between nodes, and the protocols that run on them up to whole frames."""
