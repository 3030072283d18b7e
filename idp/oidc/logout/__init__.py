"""The end of a session, as relying parties ask for it and are told of it."""
