"""Metrics of a node as text, made by the client library of Prometheus."""
