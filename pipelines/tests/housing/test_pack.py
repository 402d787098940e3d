"""What is uploaded is the same bytes each time, can be imported and installed, and is understood by Glue's old Python."""

import ast
import io
import subprocess
import sys
import tarfile
import zipfile

from local_aws import REPOSITORY
from test_job import load_pack


def test_the_same_bytes_on_every_run(tmp_path):
    script = [sys.executable, str(REPOSITORY / "pipelines" / "pack.py"), "--destination"]
    for name in ("first", "second"):
        subprocess.run(script + [str(tmp_path / name)], check=True, capture_output=True)
    first, second = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "first", tmp_path / "second")
    )
    assert first == second
    assert {"glue/clean_housing.py", "glue/housing.zip", "contracts/housing.odcs.yaml"} <= set(first)


def test_times_and_owners_leave_no_trace(tmp_path):
    pack = load_pack()
    path = tmp_path / "source.tar.gz"
    path.write_bytes(pack.tarred({"b.py": b"2", "a.py": b"1"}))
    with tarfile.open(path) as archive:
        entries = [(entry.name, entry.mtime, entry.uid, entry.uname, entry.mode) for entry in archive]
    assert entries == [("a.py", 0, 0, "", 0o644), ("b.py", 0, 0, "", 0o644)]
    with zipfile.ZipFile(io.BytesIO(pack.tree()["glue/housing.zip"])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_wheel_can_be_installed(tmp_path):
    pack = load_pack()
    path = tmp_path / pack.wheel_name()
    path.write_bytes(pack.tree()[f"glue/{pack.wheel_name()}"])
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(tmp_path / "there")]
    subprocess.run(install + [str(path)], check=True)
    code = "import housing, housing.transform; print(housing.__version__, housing.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'there')!r}); {code}"],
        check=True, capture_output=True, text=True,
    )
    assert done.stdout.startswith(f"{pack.version()} {tmp_path}")


def test_python_3_9_can_parse_it():
    sources = sorted((REPOSITORY / "pipelines" / "housing").glob("*.py")) + [REPOSITORY / "pipelines" / "glue" / "clean_housing.py"]
    assert len(sources) > 10
    for path in sources:
        module = ast.parse(path.read_text(encoding="utf-8"), filename=str(path), feature_version=(3, 9))
        assert ast.get_docstring(module), f"`{path.name}` does not say why it exists"
