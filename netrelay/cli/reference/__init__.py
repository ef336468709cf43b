"""Documents, manual pages and completion scripts, generated from the parsers."""
