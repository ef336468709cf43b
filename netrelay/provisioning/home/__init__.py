"""The home of the node that is provisioned, created with the rights of its owner."""
