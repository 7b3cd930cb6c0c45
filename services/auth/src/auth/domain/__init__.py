"""What is true of accounts, passwords and sessions. No clock, no I/O, standard library only."""
