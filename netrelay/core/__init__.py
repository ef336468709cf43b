"""Wire formats and arithmetic: pure functions without clock, input, output or logging."""
