"""The file that is named wins; without it and without a network the data is made up, the same each time, and it is said."""

import os
import subprocess
import sys

from local_aws import REPOSITORY
from housing import dataset


def test_the_named_file(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(b"mine")
    found = dataset.find({dataset.VARIABLE: str(path)})
    assert (found.kind, found.data) == (dataset.OTHER, b"mine")
    assert "NOT the known one" in found.says


def test_made_up_when_there_is_no_other_way(monkeypatch):
    def unreachable(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(dataset.urllib.request, "urlopen", unreachable)
    found = dataset.find({})
    assert found.kind == dataset.SYNTHETIC and found.says.startswith("SYNTHETIC") and "no network" in found.says
    assert found.data == dataset.synthetic() and found.data.count(b"\n") == 20641


def test_a_download_with_another_hash_is_not_taken(monkeypatch):
    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def read(self, _):
            return b"something else"

    monkeypatch.setattr(dataset.urllib.request, "urlopen", lambda *_, **__: Answer())
    found = dataset.find({})
    assert found.kind == dataset.SYNTHETIC and "another sha256" in found.says


def test_the_command(tmp_path):
    named, path = tmp_path / "named.csv", tmp_path / "out.csv"
    named.write_bytes(dataset.synthetic(rows=10))
    done = subprocess.run(
        [sys.executable, "-m", "housing.dataset", str(path)],
        cwd=REPOSITORY / "pipelines", env=dict(os.environ, TOWPATH_HOUSING_CSV=str(named)), capture_output=True, text=True,
    )
    assert (done.returncode, done.stdout, path.read_bytes()) == (0, "other\n", named.read_bytes())
    assert "NOT the known one" in done.stderr
