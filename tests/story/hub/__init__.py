"""One real hub and thousands of light nodes on loopback: `make hub`."""
