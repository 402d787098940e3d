"""Packs the code that runs in AWS, laid out as it lies under `code/` in the artifacts bucket: dist/code/...

    python pipelines/pack.py [--destination dist/code]

The same sources give the same bytes on every run and machine: entries are sorted, times are fixed, nothing is compressed (how
zlib compresses differs from build to build; the whole is 200 kilobytes). So a changed hash means changed code, and Terraform
uploads nothing else.

To add something: one line in `tree`.
"""

import argparse
import base64
import gzip
import hashlib
import io
import pathlib
import re
import tarfile
import zipfile

PIPELINES = pathlib.Path(__file__).resolve().parent
REPOSITORY = PIPELINES.parent
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def tree():
    """Path under `code/` to bytes."""
    housing = package("housing")
    return {
        "contracts/housing.odcs.yaml": (REPOSITORY / "contracts" / "housing.odcs.yaml").read_bytes(),
        "glue/clean_housing.py": (PIPELINES / "glue" / "clean_housing.py").read_bytes(),
        # Spark jobs take a zip, Python shell jobs of Python 3.9 a wheel
        "glue/housing.zip": zipped(housing),
        f"glue/{wheel_name()}": wheel(housing),
        # SageMaker mounts the folder as it is, into processing and, as a channel, into training
        **package("training"),
    }


def package(name):
    """The Python sources of a folder, by their paths from here."""
    return {
        path.relative_to(PIPELINES).as_posix(): path.read_bytes()
        for path in sorted((PIPELINES / name).rglob("*.py"))
    }


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def tarred(files):
    """A .tar.gz, such as SageMaker's `sourcedir.tar.gz`."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=0, fileobj=buffer, mtime=0) as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name in sorted(files):
                entry = tarfile.TarInfo(name)
                entry.size = len(files[name])
                entry.mode = 0o644
                archive.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


def version():
    return re.search(r'^version = "(.+)"$', (PIPELINES / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE).group(1)


def wheel_name():
    return f"housing-{version()}-py3-none-any.whl"


def wheel(files):
    """A wheel of pure Python: the package, and what pip wants to know about it."""
    folder = f"housing-{version()}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: housing\nVersion: {version()}\nRequires-Python: >=3.9\n"
    files = dict(files)
    files[f"{folder}/METADATA"] = metadata.encode()
    files[f"{folder}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: towpath\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    records = [f"{name},sha256={_record_hash(data)},{len(data)}\n" for name, data in sorted(files.items())]
    files[f"{folder}/RECORD"] = ("".join(records) + f"{folder}/RECORD,,\n").encode()
    return zipped(files)


def _record_hash(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--destination", type=pathlib.Path, default=REPOSITORY / "dist" / "code")
    destination = parser.parse_args().destination
    for name, data in sorted(tree().items()):
        path = destination / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{hashlib.sha256(data).hexdigest()}  {len(data):>7}  {name}")


if __name__ == "__main__":
    main()
