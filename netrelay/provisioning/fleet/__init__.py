"""A fleet: all its nodes, their keys and cards from one file."""
