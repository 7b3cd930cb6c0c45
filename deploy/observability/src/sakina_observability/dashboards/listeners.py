"""Webhooks and streams."""

from sakina_observability.panels import Dashboard, Panel, Query

DASHBOARD = Dashboard(
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
