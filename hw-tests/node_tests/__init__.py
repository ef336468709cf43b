"""Tests of a netrelay card, on emulated nodes or on a bench."""
