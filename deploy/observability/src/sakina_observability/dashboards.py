"""What is to be seen, page by page. As a program it writes the files that Grafana reads."""

import json
from pathlib import Path

from contracts.catalogue import SERVICES
from sakina_local.checkout import ROOT
from sakina_observability.panels import Dashboard, Panel, Query

FOLDER = ROOT / "deploy" / "observability" / "grafana" / "dashboards"


def _gateway() -> tuple[Panel, ...]:
    """Return the four golden signals at the public door."""
    return (
        Panel(
            "Traffic",
            [Query("sum by (method) (rate(sakina_gateway_requests_total[5m]))", "{{method}}")],
            "reqps",
        ),
        Panel(
            "Errors",
            [
                Query("gateway:errors:ratio_rate5m * gateway:requests:rate5m", "5xx"),
                Query("reason:gateway_refusals:rate5m", "{{reason}}"),
            ],
            "reqps",
        ),
        Panel(
            "Time",
            [
                Query("gateway:request_seconds:p50_5m", "half within"),
                Query("gateway:request_seconds:p99_5m", "99 % within"),
            ],
            "s",
        ),
        Panel(
            "Room",
            [
                Query("sum by (service) (sakina_gateway_rpc_in_flight)", "calls of {{service}}"),
                Query("sum(sakina_gateway_streams)", "streams"),
                Query('sum(rate(process_cpu_seconds_total{service="gateway"}[5m]))', "cores"),
            ],
        ),
    )


def _service(name: str) -> tuple[Panel, ...]:
    """Return the four golden signals of the service `name`."""
    of = f'service="{name}"'
    kinds = "{{kind}}"
    return (
        Panel("Traffic", [Query(f"service_kind:work:rate5m{{{of}}}", kinds)], "reqps"),
        Panel(
            "Errors",
            [
                Query(f"service_kind:work_failed:ratio_rate5m{{{of}}}", f"{kinds}: failed"),
                Query(f"service:parked_messages:max{{{of}}}", "parked"),
            ],
        ),
        Panel(
            "Time",
            [
                Query(f"service_kind:work_seconds:p50_5m{{{of}}}", f"{kinds}: half within"),
                Query(f"service_kind:work_seconds:p99_5m{{{of}}}", f"{kinds}: 99 % within"),
            ],
            "s",
        ),
        Panel(
            "Room",
            [
                Query(f"service:pool_in_use:ratio{{{of}}}", "connections lent"),
                Query(f"sum(rate(process_cpu_seconds_total{{{of}}}[5m]))", "cores"),
                Query(f"max(sakina_loop_lag_seconds{{{of}}})", "seconds that its loop is late"),
            ],
        ),
    )


GOLDEN = Dashboard(
    "sakina-services",
    "Sakina: the gateway and each service",
    [
        (
            "Everything",
            [
                Panel("Processes", [Query("service:up:count", "{{service}}")]),
                Panel(
                    "Memory",
                    [
                        Query(
                            'max by (service) (process_resident_memory_bytes{job="sakina"})',
                            "{{service}}",
                        )
                    ],
                    "bytes",
                ),
                Panel(
                    "Passwords",
                    [
                        Query("sum by (outcome) (rate(sakina_hashes_total[5m]))", "{{outcome}}"),
                        Query(
                            "histogram_quantile(0.99, "
                            "sum by (le) (rate(sakina_hash_wait_seconds_bucket[5m])))",
                            "seconds that 99 % wait at most",
                        ),
                    ],
                ),
            ],
        ),
        ("The gateway", _gateway()),
        *((name, _service(name)) for name in SERVICES),
    ],
)

EVENTS = Dashboard(
    "sakina-events",
    "Sakina: events, from the commit to their effects",
    [
        (
            "Leaving",
            [
                Panel(
                    "Published", [Query("service:events_published:rate5m", "{{service}}")], "reqps"
                ),
                Panel(
                    "Waiting",
                    [Query("max by (service) (sakina_outbox_events)", "{{service}}")],
                ),
                Panel(
                    "The oldest that waits",
                    [Query("service:outbox_oldest_seconds:max", "{{service}}")],
                    "s",
                ),
                Panel(
                    "Relays",
                    [
                        Query("service:relay_elected:sum", "{{service}}: elected"),
                        Query(
                            "sum by (service) (increase(sakina_relay_elections_total[1h]))",
                            "{{service}}: elections in an hour",
                        ),
                    ],
                ),
            ],
        ),
        (
            "Arriving",
            [
                Panel(
                    "Taken in by handlers",
                    [
                        Query(
                            "sum by (service, name) "
                            '(rate(sakina_work_total{kind="event",outcome="done"}[5m]))',
                            "{{service}}.{{name}}",
                        )
                    ],
                    "reqps",
                ),
                Panel(
                    "From the event to its effect, 99 % within",
                    [Query("service_name:event_delay_seconds:p99_5m", "{{service}}.{{name}}")],
                    "s",
                ),
                Panel(
                    "Tried again, given up",
                    [
                        Query("sum(rate(sakina_events_retried_total[5m])) or vector(0)", "tried"),
                        Query("service:parked_messages:max", "{{service}}: parked now"),
                    ],
                ),
            ],
        ),
        (
            "The record of what happened",
            [
                Panel(
                    "Recorded",
                    [
                        Query("notify:stream_taken:rate5m", "events"),
                        Query("sum(rate(sakina_stream_batches_total[5m]))", "transactions"),
                    ],
                    "reqps",
                ),
                Panel("Place in the stream", [Query("max(sakina_stream_offset)", "offset")]),
                Panel(
                    "Passed over",
                    [
                        Query("sum(sakina_activity_stepped_over_total)", "not understood"),
                        Query("sum(sakina_stream_spoilt_total)", "not kept"),
                    ],
                ),
            ],
        ),
    ],
)

DATABASE = Dashboard(
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

BROKER = Dashboard(
    "sakina-broker",
    "Sakina: the broker",
    [
        (
            "Messages",
            [
                Panel(
                    "Published and delivered",
                    [
                        Query("sum(rate(rabbitmq_global_messages_received_total[5m]))", "received"),
                        Query(
                            "sum(rate(rabbitmq_global_messages_delivered_total[5m]))", "delivered"
                        ),
                        Query(
                            "sum(rate(rabbitmq_global_messages_redelivered_total[5m]))",
                            "delivered again",
                        ),
                        Query(
                            "sum(rate(rabbitmq_global_messages_unroutable_dropped_total[5m]))",
                            "for nobody",
                        ),
                    ],
                    "ops",
                ),
                Panel(
                    "Waiting in the services' queues",
                    [
                        Query(
                            "topk(10, sum by (queue) "
                            '(rabbitmq_detailed_queue_messages{queue=~"rpc-.+|evt-.+|parked.+"}))',
                            "{{queue}}",
                        )
                    ],
                ),
                Panel(
                    "Consumers of requests",
                    [
                        Query(
                            'sum by (queue) (rabbitmq_detailed_queue_consumers{queue=~"rpc-.+"})',
                            "{{queue}}",
                        )
                    ],
                ),
            ],
        ),
        (
            "The node",
            [
                Panel(
                    "Memory, of what it may have",
                    [Query("rabbitmq:memory:ratio", "memory")],
                    "percentunit",
                ),
                Panel(
                    "Disk",
                    [
                        Query("min(rabbitmq_disk_space_available_bytes)", "free"),
                        Query(
                            "max(rabbitmq_disk_space_available_limit_bytes)", "it blocks at less"
                        ),
                    ],
                    "bytes",
                ),
                Panel(
                    "Alarms",
                    [
                        Query("max(rabbitmq_alarms_memory_used_watermark)", "memory"),
                        Query("max(rabbitmq_alarms_free_disk_space_watermark)", "disk"),
                    ],
                ),
                Panel(
                    "Connections and channels",
                    [
                        Query("sum(rabbitmq_connections)", "connections"),
                        Query("sum(rabbitmq_channels)", "channels"),
                        Query("sum(rabbitmq_queues)", "queues"),
                    ],
                ),
            ],
        ),
    ],
)

LISTENERS = Dashboard(
    "sakina-listeners",
    "Sakina: webhooks and streams",
    [
        (
            "Webhooks",
            [
                Panel(
                    "Tries, by what came of them",
                    [Query("sum by (outcome) (rate(sakina_deliveries_total[5m]))", "{{outcome}}")],
                    "reqps",
                ),
                Panel(
                    "That fail",
                    [Query("notify:deliveries_failed:ratio_rate5m", "failed")],
                    "percentunit",
                ),
                Panel(
                    "Time of a try, 99 % within",
                    [
                        Query(
                            "histogram_quantile(0.99, "
                            "sum by (le) (rate(sakina_delivery_seconds_bucket[5m])))",
                            "99 % within",
                        )
                    ],
                    "s",
                ),
            ],
        ),
        (
            "Streams",
            [
                Panel(
                    "Open", [Query("sum by (instance) (sakina_gateway_streams)", "{{instance}}")]
                ),
                Panel(
                    "Ended, by why",
                    [
                        Query(
                            "sum by (reason) (rate(sakina_gateway_streams_ended_total[5m]))",
                            "{{reason}}",
                        )
                    ],
                    "reqps",
                ),
                Panel(
                    "Events told",
                    [Query("sum(rate(sakina_gateway_stream_events_total[5m]))", "events")],
                    "reqps",
                ),
            ],
        ),
    ],
)

DASHBOARDS = (GOLDEN, EVENTS, DATABASE, BROKER, LISTENERS)


def text_of(dashboard: Dashboard) -> str:
    """Return the text of its file."""
    return json.dumps(dashboard.to_json(), indent=1, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Write the file of each dashboard."""
    for dashboard in DASHBOARDS:
        (folder / f"{dashboard.uid}.json").write_text(text_of(dashboard))


if __name__ == "__main__":
    write()
