"""What can be done: one function for each RPC method and each event that is followed."""
