"""How notify's schema changed."""
