"""The gateway and each service: traffic, errors, time and room, the four golden signals."""

from contracts.catalogue import SERVICES
from sakina_observability.panels import Dashboard, Panel, Query


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


DASHBOARD = Dashboard(
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
