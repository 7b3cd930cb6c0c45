"""Whom a service knows, and what day it is for them: the same in every service."""
