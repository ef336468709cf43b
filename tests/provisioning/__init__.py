"""Boot partitions and fleets."""
