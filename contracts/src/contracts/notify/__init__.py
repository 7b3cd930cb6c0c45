"""What the notify service answers and announces."""
