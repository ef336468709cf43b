"""Tests of the supervision of the eight processes."""
