"""Tests of rings, slots, bells and counters, within one process and between two."""
