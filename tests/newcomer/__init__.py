"""What README.md tells a newcomer under "Two machines", typed as it stands there."""
