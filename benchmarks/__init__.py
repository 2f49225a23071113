"""How fast, beside a yardstick anyone can run: `make bench`."""
