"""What a process says of itself: its logs, its figures for Prometheus, and its spans.

For others: `logs.configure`, `figures.served`, `spans.exported` and `spans.tracer`.
"""
