"""Examples: a file of organismes, and a relying party."""
