"""Identity, keys, sealing and signatures."""
