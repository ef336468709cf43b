"""The process of a serial line: owns the device, and passes byte streams between it and a node."""
