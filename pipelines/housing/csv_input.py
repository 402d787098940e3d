"""A delivered CSV file, before any engine reads it: its header, and what is wrong with a file that cannot be read at all.

Guessing is what went wrong with CSV so often, so there is none: encoding, delimiter and columns are the contract's, or it is an
error. Rows are the engines' business.
"""

from __future__ import annotations

import csv

# as much of the file as the header is looked for in
HEAD_BYTES = 65536


class InputError(ValueError):
    """The input is not a file of the contract; the message says why."""


def head_of(path):
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES)


def check_header(head, contract, columns=None):
    """`head` is how the file begins, in bytes."""
    columns = contract.columns if columns is None else columns
    expected = [column.name for column in columns]
    line, found, _ = head.partition(b"\n")
    if not head:
        raise InputError("the input is empty")
    if not found and len(head) >= HEAD_BYTES:
        raise InputError(f"the input has no line end in its first {HEAD_BYTES} bytes")
    try:
        text = line.decode(contract.encoding).rstrip("\r")
    except UnicodeDecodeError as error:
        raise InputError(f"the header is not {contract.encoding}") from error
    try:
        names = next(csv.reader([text], delimiter=contract.delimiter, strict=True), [])
    except csv.Error as error:
        raise InputError(f"the header is not CSV: {error}") from error
    if names == expected:
        return
    for name in names:
        if name not in expected:
            raise InputError(f"the header has a column {name!r} that the contract does not know")
    for name in expected:
        if name not in names:
            raise InputError(f"the header has no column `{name}`")
    raise InputError(f"the header's columns are not in the contract's order: {contract.delimiter.join(expected)}")
