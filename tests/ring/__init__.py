"""The ring room: rings, slots, bells and counters, in linked pairs and in two processes."""
