"""Foundation of the processes: home, configuration, wiring, clock, log, main loop."""
