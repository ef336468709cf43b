"""Every question the command line asks the database."""
