"""Every query of the command line, in a file for each subject."""
