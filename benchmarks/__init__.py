"""Benchmarks beside yardsticks that anyone can run: `make bench`."""
