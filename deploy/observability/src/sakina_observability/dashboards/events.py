"""Events, from the commit to their effects."""

from sakina_observability.panels import Dashboard, Panel, Query

DASHBOARD = Dashboard(
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
