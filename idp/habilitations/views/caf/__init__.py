"""Pages of the agents of the Caf."""
