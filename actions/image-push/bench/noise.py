"""Write an OCI layout of layers that no compressor makes smaller: noise.py FOLDER BYTES-A-LAYER SEED..."""

import gzip
import hashlib
import io
import json
import pathlib
import random
import sys
import tarfile

folder, size, seeds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
blobs = folder / "blobs" / "sha256"
blobs.mkdir(parents=True, exist_ok=True)


def blob(media_type, data):
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


def layer(seed):
    content = random.Random(seed).randbytes(size)
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        entry = tarfile.TarInfo(f"noise/{seed}")
        entry.size = size
        archive.addfile(entry, io.BytesIO(content))
    raw = raw.getvalue()
    packed = blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(raw, 1, mtime=0))
    return packed, f"sha256:{hashlib.sha256(raw).hexdigest()}"


layers, diff_ids = zip(*(layer(seed) for seed in seeds))
config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
manifest = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": blob("application/vnd.oci.image.config.v1+json", json.dumps(config).encode()),
    "layers": layers,
}
index = {"schemaVersion": 2, "manifests": [blob(manifest["mediaType"], json.dumps(manifest).encode())]}
(folder / "index.json").write_text(json.dumps(index))
(folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
