"""What the auth service answers and announces."""
