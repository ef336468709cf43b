"""The bench: cards, emulated machines, the strategy, and the interface of nodes for tests."""
