"""The journal of an organisme: read, put into words, exported, proved."""
