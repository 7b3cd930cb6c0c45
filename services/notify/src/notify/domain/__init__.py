"""What is true of notifications: who is told what, and in which words."""
