"""What the model was approved on, as counts: `statistics.json` and `constraints.json`.

Both files have the shape of SageMaker's Model Monitor, which other tools read too, although Towpath's own drift monitor
is what compares live traffic with them. The rows counted are those of the random split that the model was not shown, so
features and predictions describe the same rows, and predictions are those of rows that are new to the model.

`distribution.kll.buckets` are the bins of the population stability index: about equally many rows in each, so that no bin
is empty by construction. A feature with few different values has one bin for each. The first bin is meant to reach down
to minus infinity, the last one up to infinity; a value on a border belongs to the bin above it.
"""

from __future__ import annotations

import numpy as np

from step import Table

BINS = 10
PREDICTION = "prediction"


def statistics(table: Table, predicted: np.ndarray) -> dict:
    return {
        "version": 0,
        "dataset": {"item_count": len(table)},
        "features": [feature_statistics(name, values) for name, values in columns(table, predicted)],
    }


def constraints(table: Table, predicted: np.ndarray) -> dict:
    return {
        "version": 0,
        "features": [
            {
                "name": name,
                "inferred_type": inferred_type(values),
                "completeness": 1.0,
                "num_constraints": {"is_non_negative": bool(values.min() >= 0)},
            }
            for name, values in columns(table, predicted)
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 0.1,
            "domain_content_threshold": 0.1,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
            },
        },
    }


def columns(table: Table, predicted: np.ndarray) -> list[tuple[str, np.ndarray]]:
    return [(name, table.column(name)) for name in table.features] + [(PREDICTION, predicted)]


def feature_statistics(name: str, values: np.ndarray) -> dict:
    edges = borders(values)
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    bounds = [float(values.min()), *edges, float(values.max())]
    return {
        "name": name,
        "inferred_type": inferred_type(values),
        "numerical_statistics": {
            "common": {"num_present": len(values), "num_missing": 0},
            "mean": float(values.mean()),
            "sum": float(values.sum()),
            "std_dev": float(values.std(ddof=1)),
            "min": float(values.min()),
            "max": float(values.max()),
            "distribution": {
                "kll": {
                    "buckets": [
                        {"lower_bound": lower, "upper_bound": upper, "count": int(count)}
                        for lower, upper, count in zip(bounds, bounds[1:], counts)
                    ]
                }
            },
        },
    }


def borders(values: np.ndarray) -> list[float]:
    """Inner borders of the bins. Between two values where there are few, otherwise at quantiles."""
    different = np.unique(values)
    if len(different) <= BINS:
        return ((different[:-1] + different[1:]) / 2).tolist()
    quantiles = np.quantile(values, np.arange(1, BINS) / BINS, method="higher")
    # A value so frequent that it fills several bins has one; below the least value there is nothing to count.
    return [edge for edge in np.unique(quantiles).tolist() if edge > different[0]]


def inferred_type(values: np.ndarray) -> str:
    return "Integral" if np.array_equal(values, np.round(values)) else "Fractional"
