"""What follows when a right is over: services are told, and the console shows what became of it."""
