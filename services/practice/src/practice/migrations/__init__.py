"""How the schema of practice changed."""
