"""What every test run shares: Hypothesis without a time limit for each example.

A Pi Zero 2 W runs an example ten times slower than a desk machine, and a slow machine is not a
failure; the tests assert order and outcome, never seconds.
"""

from hypothesis import settings

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")
