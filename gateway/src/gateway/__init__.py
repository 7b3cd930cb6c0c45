"""The one URL space before the services: who asks, what for, and of whom."""
