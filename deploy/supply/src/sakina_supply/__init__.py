"""What the images are made of, where it comes from, and under which licence."""
