"""The database."""

from sakina_observability.panels import Dashboard, Panel, Query

DASHBOARD = Dashboard(
    "sakina-database",
    "Sakina: the database",
    [
        (
            "Connections",
            [
                Panel(
                    "Taken of those that there are",
                    [Query("postgres:connections:ratio", "taken")],
                    "percentunit",
                ),
                Panel(
                    "By what they are at",
                    [
                        Query(
                            'sum by (state) (pg_stat_activity_count{datname="sakina"})', "{{state}}"
                        )
                    ],
                ),
                Panel(
                    "Lent by the pools",
                    [Query('sum by (service) (sakina_pool_connections{state="in use"})')],
                ),
                Panel(
                    "Waited for a connection, in a second",
                    [Query("sum by (service) (rate(sakina_pool_wait_seconds_sum[5m]))")],
                    "s",
                ),
            ],
        ),
        (
            "Work",
            [
                Panel(
                    "Transactions",
                    [
                        Query(
                            'rate(pg_stat_database_xact_commit{datname="sakina"}[5m])', "committed"
                        ),
                        Query(
                            'rate(pg_stat_database_xact_rollback{datname="sakina"}[5m])', "undone"
                        ),
                    ],
                    "ops",
                ),
                Panel(
                    "Longest transaction",
                    [Query('max(pg_stat_activity_max_tx_duration{datname="sakina"})')],
                    "s",
                ),
                Panel(
                    "Deadlocks, temporary files",
                    [
                        Query(
                            'increase(pg_stat_database_deadlocks{datname="sakina"}[1h])',
                            "deadlocks in an hour",
                        ),
                        Query(
                            'increase(pg_stat_database_temp_files{datname="sakina"}[1h])',
                            "temporary files in an hour",
                        ),
                    ],
                ),
            ],
        ),
        (
            "What it holds",
            [
                Panel("Size", [Query('pg_database_size_bytes{datname="sakina"}', "")], "bytes"),
                Panel(
                    "Found in memory",
                    [
                        Query(
                            'rate(pg_stat_database_blks_hit{datname="sakina"}[5m]) / '
                            '(rate(pg_stat_database_blks_hit{datname="sakina"}[5m]) + '
                            'rate(pg_stat_database_blks_read{datname="sakina"}[5m]))',
                            "blocks",
                        )
                    ],
                    "percentunit",
                ),
                Panel(
                    "Locks", [Query('sum by (mode) (pg_locks_count{datname="sakina"})', "{{mode}}")]
                ),
            ],
        ),
    ],
)
