"""The checks of `netrelay check`."""
