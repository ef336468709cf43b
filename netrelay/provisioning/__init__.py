"""Creation and configuration of nodes from files: a card's boot partition, or a fleet's file."""
