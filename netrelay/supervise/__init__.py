"""Supervision of child processes, for `netrelay up`."""
