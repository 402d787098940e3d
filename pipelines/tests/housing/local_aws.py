"""An AWS for the job's tests: ministack for S3, and a small server that answers what the job asks Glue.

ministack runs in an environment of its own, from the sandbox's lock file; TOWPATH_MINISTACK names an interpreter that has it
already. Both servers listen on 127.0.0.1 only, on free ports, and end with the tests.
"""

import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
TOOLS = REPOSITORY / "crates" / "sandbox" / "tools"
PATIENCE_SECONDS = 60


def interpreter_with_ministack(cache):
    """A Python that has ministack; made once, in the folder `cache`."""
    named = os.environ.get("TOWPATH_MINISTACK")
    if named:
        return named
    folder = pathlib.Path(cache) / "ministack"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    lock = (TOOLS / "requirements.lock").read_text(encoding="utf-8")
    if not ready.exists() or ready.read_text(encoding="utf-8") != lock:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
        subprocess.run(install + ["-r", str(TOOLS / "requirements.lock")], check=True)
        ready.write_text(lock, encoding="utf-8")
    return str(python)


@contextlib.contextmanager
def ministack(python, folder):
    """The address of a running ministack."""
    folder = pathlib.Path(folder)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": "eu-central-1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    log = (folder.parent / f"{folder.name}.log").open("wb")
    # the shim ends itself and removes its folder when its standard input ends
    process = subprocess.Popen(
        [python, "-I", "-u", str(TOOLS / "shim.py"), str(folder)],
        stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, start_new_session=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (folder / "port").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"ministack did not start, see `{log.name}`")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{(folder / 'port').read_text()}"
    finally:
        process.stdin.close()
        process.wait(PATIENCE_SECONDS)
        log.close()


@contextlib.contextmanager
def glue(runs):
    """The address of a Glue that knows the properties of these runs: {(workflow, run id): {name: value}}."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.headers["X-Amz-Target"] == "AWSGlue.GetWorkflowRunProperties"
            properties = runs.get((body.get("Name"), body.get("RunId"))) if known else None
            if properties is None:
                self._answer(400, {"__type": "EntityNotFoundException", "Message": "Entity not found"})
            else:
                self._answer(200, {"RunProperties": properties})

        def _answer(self, status, document):
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
