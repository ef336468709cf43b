"""What `netrelay check` looks at."""
