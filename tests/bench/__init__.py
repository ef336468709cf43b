"""Tests of the benchmark: its parts, results, report, and one small shard."""
