"""What is true of a person in every service. Standard library only."""
