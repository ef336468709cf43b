"""Tests of what every process stands on: configuration, home, log, loop, sleeping."""
