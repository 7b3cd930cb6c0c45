"""The broker."""

from sakina_observability.panels import Dashboard, Panel, Query

DASHBOARD = Dashboard(
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
