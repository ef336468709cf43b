"""Tests of the rig itself, without an image: what they find is no fault of a node."""
