"""The commands of docs/tutorial.md under "Two machines", typed as they are written."""
