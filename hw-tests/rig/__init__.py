"""The bench: cards, emulated machines, the strategy, and nodes as the tests see them."""
