"""The home of the node that is provisioned, made with the rights of its owner."""
