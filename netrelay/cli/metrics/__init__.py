"""What a node tells a monitor: OpenMetrics text, made by Prometheus' own library."""
