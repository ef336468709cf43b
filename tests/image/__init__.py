"""The image of a card: its stage, its scripts, and what was built of them."""
