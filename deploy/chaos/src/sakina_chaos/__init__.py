"""Breaks a whole system in every way that it promises to survive, and checks what became of it."""
