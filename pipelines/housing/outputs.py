"""The files that the job makes, and the manifest that says what they are.

Numbers are written as the shortest text that reads back as the same 64 bits (Python's `repr`), so whoever reads features.csv
computes with the very numbers that were computed here. Nothing depends on the time, the machine or the engine: the same input
gives the same bytes (for Parquet: with the same version of pyarrow).
"""

from __future__ import annotations

import csv
import hashlib
import json
import os

import pyarrow
import pyarrow.parquet

from . import transform

TABLE_CSV = "housing.csv"
TABLE_PARQUET = "housing.parquet"
FEATURES_CSV = "features.csv"
QUALITY = "quality.json"
MANIFEST = "manifest.json"


class Writer:
    """Writes the outputs into a folder, and remembers what goes into the manifest."""

    def __init__(self, folder, contract, lineage):
        self.folder = folder
        self.contract = contract
        self.lineage = lineage
        self.outputs = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def table(self, engine, cleaned):
        """housing.csv and housing.parquet: the clean columns, then the marks as 0 and 1."""
        marks = transform.marks(self.contract)
        names = self.contract.column_names + marks
        schema = self._schema(marks)
        rows = 0
        with open(self.path(TABLE_CSV), "w", encoding="utf-8", newline="") as file:
            with pyarrow.parquet.ParquetWriter(self.path(TABLE_PARQUET), schema) as parquet:
                out = csv.writer(file, lineterminator="\n")
                out.writerow(names)
                for columns in engine.chunks(cleaned, names):
                    columns = [list(map(int, values)) if name in marks else values for name, values in zip(names, columns)]
                    out.writerows(zip(*columns))
                    arrays = [pyarrow.array(values, type=field.type) for values, field in zip(columns, schema)]
                    parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
                    rows += len(columns[0])
        self._remember(TABLE_CSV, rows)
        self._remember(TABLE_PARQUET, rows)

    def _schema(self, marks):
        fields = [
            pyarrow.field(
                column.name,
                pyarrow.float64() if column.is_number else pyarrow.string(),
                nullable=not (column.required or column.imputation),
            )
            for column in self.contract.columns
        ]
        fields += [pyarrow.field(mark, pyarrow.int8(), nullable=False) for mark in marks]
        return pyarrow.schema(fields, metadata={f"towpath.{key}": value for key, value in self.lineage.items()})

    def features(self, engine, features):
        """features.csv: the target, then the features in the contract's order, with a header."""
        names = [self.contract.target.name] + self.contract.feature_names
        rows = 0
        with open(self.path(FEATURES_CSV), "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(names)
            for columns in engine.chunks(features, names):
                out.writerows(zip(*columns))
                rows += len(columns[0])
        self._remember(FEATURES_CSV, rows)

    def quality(self, report):
        _write_json(self.path(QUALITY), report)
        self._remember(QUALITY, None)

    def manifest(self, source, rows, object_id):
        """Last, because it is what starts the training."""
        contract = {"id": self.contract.id, "version": self.contract.version}
        document = {
            "contract": contract,
            "input": {"uri": source.uri, "version_id": source.version_id, "sha256": source.sha256, "rows": rows},
            "object_id": object_id,
            "outputs": self.outputs,
        }
        _write_json(self.path(MANIFEST), document)
        return document

    def _remember(self, name, rows):
        digest = hashlib.sha256()
        with open(self.path(name), "rb") as file:
            for block in iter(lambda: file.read(1024 * 1024), b""):
                digest.update(block)
        entry = {"sha256": digest.hexdigest(), "bytes": os.path.getsize(self.path(name))}
        if rows is not None:
            entry["rows"] = rows
        self.outputs[name] = entry


def _write_json(path, document):
    with open(path, "w", encoding="utf-8", newline="") as file:
        json.dump(document, file, indent=2, sort_keys=True, allow_nan=False)
        file.write("\n")
