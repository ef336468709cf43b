"""The units of systemd/: what each says, and how exposed systemd finds it."""
