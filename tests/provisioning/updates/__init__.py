"""Security updates of a card."""
