"""The boot partition of a card: what it asks for, and what is written onto it."""
