"""A fleet: nodes, their keys, routes and cards, from one file."""
