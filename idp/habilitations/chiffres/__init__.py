"""Figures of the service, per caisse and per day: counted from the journal as it is sealed, read by the agents."""
