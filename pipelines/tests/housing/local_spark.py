"""Spark on one machine, for the tests of the second engine; where it cannot run, the tests say so and are skipped."""

import importlib.util
import os
import shutil

import pytest


def demand_spark():
    """Skips the test, loudly, where Spark cannot run."""
    there = {
        "Java": shutil.which("java") or os.environ.get("JAVA_HOME"),
        "pyspark": importlib.util.find_spec("pyspark"),
    }
    for name, found in there.items():
        if not found:
            pytest.skip(f"THE SPARK ENGINE IS NOT TESTED: there is no {name} (requirements-spark.lock, Java 17)")


def make_spark():
    """Spark on this machine alone, reachable from this machine alone."""
    demand_spark()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from housing.engine_spark import SparkEngine
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        # several partitions of the file, so that the order of the rows has something to be lost by
        "spark.sql.files.maxPartitionBytes": "400000",
    }
    builder = SparkSession.builder.master("local[2]").appName("housing-tests")
    for key, value in settings.items():
        builder = builder.config(key, value)
    return SparkEngine(builder.getOrCreate())
