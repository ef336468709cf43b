"""The units of systemd/: their directives and their exposure."""
