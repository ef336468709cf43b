"""The commands of the documents for newcomers, typed as they are written."""
