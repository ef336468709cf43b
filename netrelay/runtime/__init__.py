"""What every process stands on: configuration, wiring, clock, log, main loop."""
