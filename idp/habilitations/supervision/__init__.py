"""What the Caf does over the head of an organisme: suspend, take over, replace, and see what is not right."""
