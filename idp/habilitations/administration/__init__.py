"""Who administers an organisme: administrateurs, mandates, successions, and the check of them all."""
