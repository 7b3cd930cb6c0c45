"""How sessions and their figures are remembered: explicit SQL, each statement with its index."""
