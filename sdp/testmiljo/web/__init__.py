"""Web pages of the environment, and the same as JSON for scripts."""
