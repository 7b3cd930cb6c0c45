"""How khatmas are remembered: explicit SQL on the service's own schema."""
