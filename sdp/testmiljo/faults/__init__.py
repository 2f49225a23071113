"""Faults on demand: one mechanism for whatever can go wrong between a sender and the others."""
