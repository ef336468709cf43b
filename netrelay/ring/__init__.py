"""Shared memory between the processes: rings, slots, bells and counters."""
