"""A whole test environment on this machine."""
