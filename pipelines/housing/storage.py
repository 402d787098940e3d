"""S3, as far as the job needs it: a version read and hashed, files stored with their lineage.

The client comes from outside; its endpoint is the environment's business (`AWS_ENDPOINT_URL`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import urllib.parse
from dataclasses import dataclass

CONTENT_TYPES = {".csv": "text/csv", ".json": "application/json", ".parquet": "application/vnd.apache.parquet"}


class StorageError(ValueError):
    """What is in S3 is not what was asked for."""


@dataclass(frozen=True)
class Source:
    """An object's version, and what its bytes are."""

    uri: str
    version_id: str
    sha256: str


def split(uri):
    """`s3://bucket/key` to its two parts."""
    parts = urllib.parse.urlsplit(uri, allow_fragments=False)
    key = uri[len("s3://") + len(parts.netloc) + 1 :]
    if parts.scheme != "s3" or not parts.netloc:
        raise StorageError(f"`{uri}` is not an s3:// address")
    return parts.netloc, key


def read(client, uri):
    bucket, key = split(uri)
    return client.get_object(Bucket=bucket, Key=key)["Body"].read()


def fetch(client, source, path, most_bytes):
    """Writes the version's bytes to `path`, if they are the ones that were announced."""
    bucket, key = split(source.uri)
    version = {"VersionId": source.version_id} if source.version_id else {}
    answer = client.get_object(Bucket=bucket, Key=key, **version)
    if answer["ContentLength"] > most_bytes:
        raise StorageError(f"`{source.uri}` has {answer['ContentLength']} bytes; the contract allows {most_bytes}")
    found = answer.get("VersionId", "")
    if source.version_id and found and found != source.version_id:
        raise StorageError(f"`{source.uri}`: version `{source.version_id}` was asked for, and `{found}` came")
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for block in iter(lambda: answer["Body"].read(1024 * 1024), b""):
            digest.update(block)
            file.write(block)
    if digest.hexdigest() != source.sha256:
        raise StorageError(
            f"`{source.uri}` has the sha256 {digest.hexdigest()}, and {source.sha256} was announced: "
            "it is not the file that was checked"
        )


@contextlib.contextmanager
def shared_copy(client, source, folder_uri):
    """A copy of just this version, for readers that only know addresses; removed at the end."""
    from_bucket, from_key = split(source.uri)
    bucket, key = split(f"{folder_uri}/.input.csv")
    origin = {"Bucket": from_bucket, "Key": from_key}
    if source.version_id:
        origin["VersionId"] = source.version_id
    client.copy(origin, bucket, key)
    try:
        yield f"s3://{bucket}/{key}"
    finally:
        client.delete_object(Bucket=bucket, Key=key)


def store(client, path, folder_uri, lineage):
    """Puts a file into the folder; its lineage becomes the object's metadata."""
    bucket, key = split(f"{folder_uri}/{os.path.basename(path)}")
    extra = {"Metadata": lineage, "ContentType": CONTENT_TYPES[os.path.splitext(path)[1]]}
    client.upload_file(path, bucket, key, ExtraArgs=extra)


def metadata(values):
    """S3 takes only ASCII in metadata, and joins lines: what is neither is percent-encoded."""
    return {key: urllib.parse.quote(value, safe="/:.-_~") for key, value in values.items()}
