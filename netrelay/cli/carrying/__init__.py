"""Files and texts that people carry from node to node on a medium, such as a USB stick."""
