"""What a process says of itself: its logs, and its figures for Prometheus.

For others: `logs.configure`, `figures.serve`.
"""
