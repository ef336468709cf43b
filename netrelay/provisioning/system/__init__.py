"""The machine that is provisioned: its files, users, network and host name."""
