"""Tests of the rig itself, without an image or node."""
