"""Identity, keys, sealing (AEAD and HPKE) and signatures."""
