"""Keys of our own with their certificates: in files, or on PKCS#11 tokens."""
