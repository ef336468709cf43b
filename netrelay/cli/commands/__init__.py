"""One file for each command: `parser()` and `main(arguments, home) -> exit status`."""
