"""What can be done: one function for each RPC method, and what comes round."""
