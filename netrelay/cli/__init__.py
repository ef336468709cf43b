"""The command line: the frame of all commands, and rooms for queries, wording and commands."""
