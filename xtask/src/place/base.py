"""A Python image to build on, as an OCI layout: what a team's mirror of Docker Hub would hold, with as little in it as can be.

    base.py <folder>

Makes the repository for it and prints how the registry calls it.
"""

import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile

import botocore.session

NAME, TAG = "python", "3.12-slim"
folder = pathlib.Path(sys.argv[1])
blobs = folder / "blobs" / "sha256"
blobs.mkdir(parents=True)


def blob(kind, body, **more):
    digest = hashlib.sha256(body).hexdigest()
    (blobs / digest).write_bytes(body)
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(body)} | more


archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w") as layer:
    release = b'ID=debian\nVERSION_ID="13"\n'
    entry = tarfile.TarInfo("etc/os-release")
    entry.size = len(release)
    layer.addfile(entry, io.BytesIO(release))
plain = archive.getvalue()
config = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "PYTHON_VERSION=3.12.11"]},
    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]},
}
manifest = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": blob("config.v1+json", json.dumps(config).encode()),
    "layers": [blob("layer.v1.tar+gzip", gzip.compress(plain, mtime=0))],
}
index = {"schemaVersion": 2, "manifests": [blob("manifest.v1+json", json.dumps(manifest).encode())]}
(folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
(folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
ecr = botocore.session.get_session().create_client("ecr")
made = ecr.create_repository(repositoryName=NAME, imageScanningConfiguration={"scanOnPush": True})
print(f"{made['repository']['repositoryUri']}:{TAG}")
