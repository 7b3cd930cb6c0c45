"""What the khatma service answers and announces."""
