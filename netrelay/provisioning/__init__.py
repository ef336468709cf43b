"""Making nodes from files: what lies on a card's boot partition, and a fleet's one file."""
