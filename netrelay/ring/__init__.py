"""Shared memory between the processes: rings, slots, bells, counters."""
