"""What the practice service answers and announces."""
