"""What happens to files and bodies on the way: claimed, sealed, opened, put into the inbox."""
