"""What can be done: one function for each method, each with its own transaction."""
