"""The tests: one folder for each room of the source, and the house rules."""
