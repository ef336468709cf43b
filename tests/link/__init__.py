"""Tests of TLS connections: real TLS over loopback sockets."""
