"""The operating system that is provisioned: its files, users, network and host name."""
