"""Durable files, folders and names on a file system."""
