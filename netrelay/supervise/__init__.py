"""Keeping child processes alive, for `netrelay up`."""
