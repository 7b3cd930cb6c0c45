"""What is true of meditation sessions and their figures. Standard library only."""
