"""The boot partition of a card: reading and checking it, and writing to it."""
