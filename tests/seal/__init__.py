"""Tests of identity, keys, sealing and signatures."""
