"""Formats and arithmetic: no clock, no input or output, no logging."""
