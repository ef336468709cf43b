"""Copies for the drop folder, and waiting for what becomes of them."""
