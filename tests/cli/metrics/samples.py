"""Metrics as Prometheus' own parser reads them."""

from typing import NamedTuple

from prometheus_client.openmetrics.parser import text_string_to_metric_families


class Samples(NamedTuple):
    """values: by sample and labels. units: by family."""

    values: dict[tuple[str, frozenset[tuple[str, str]]], float]
    units: dict[str, str]

    def value(self, name: str, **labels: str) -> float:
        """Return the value of one sample; KeyError if there is none."""
        return self.values[name, frozenset(labels.items())]

    def named(self, name: str) -> list[dict[str, str]]:
        """Return the labels of each sample of a name."""
        return [dict(labels) for each, labels in self.values if each == name]


def read_samples(text: str) -> Samples:
    """Return all samples; ValueError for what is no OpenMetrics."""
    values: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    units: dict[str, str] = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        assert family.name not in units, f"{family.name} is there twice"
        units[family.name] = family.unit
        for sample in family.samples:
            values[sample.name, frozenset(sample.labels.items())] = sample.value
    return Samples(values, units)
