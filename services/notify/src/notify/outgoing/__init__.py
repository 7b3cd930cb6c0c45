"""HTTP to addresses that people name: found, checked, connected to, and left in time."""
