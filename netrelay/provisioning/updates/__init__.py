"""Security updates of a card: when they are allowed, and how they get onto its read-only root."""
