"""The people of an organisme: how they enter, their list, their file, what they lose and what ends."""
