"""`python -m sakina_observability.dashboards` writes the file of each dashboard."""

from sakina_observability.dashboards import write

if __name__ == "__main__":
    write()
