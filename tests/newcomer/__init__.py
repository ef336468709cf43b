"""What docs/tutorial.md tells a newcomer under "Two machines", typed as it stands there."""
