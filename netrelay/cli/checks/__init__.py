"""Checks of `netrelay check`."""
