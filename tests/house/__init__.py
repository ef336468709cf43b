"""The rules of the house, held against every file of the source."""
