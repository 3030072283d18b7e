"""Conventions and contrats de service: what the Caf signs with an organisme, and what follows from it."""
