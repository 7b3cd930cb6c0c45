"""Dashboards and alerts as code, and a Prometheus to try them on."""
