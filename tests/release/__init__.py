"""The release tool, on small repositories."""
