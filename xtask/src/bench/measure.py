"""Measures the reference system where it runs: among the stand-ins, in dev, through AWS's own client.

    measure.py starts                      from a file in the bucket to a run of the workflow, 50 times
    measure.py cold <folder>               from the start of a function's process to its first answer, 30 times, beside Python;
                                           the functions' zips are in the folder
    measure.py load <api> <generator...>   the API for two minutes under a load generator, asked hostile things beside it

The last line is what the table shows. Times are of this machine while it also runs the stand-ins, so the peer is measured in the
same run, one call after the other.
"""

import collections
import http.client
import http.server
import itertools
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zipfile

import botocore.session

SESSION = botocore.session.get_session()
ACCOUNT = "000000000000"
DEV = "towpath-dev"
RAW = f"{DEV}-raw-{ACCOUNT}"
ARTIFACTS = f"{DEV}-artifacts-{ACCOUNT}"
WORKFLOW = f"{DEV}-housing"
ENDPOINT = f"{DEV}-housing"
PUTS = 50
STARTS = 30
LOAD_SECONDS = 120
CLIENTS = 16
PATIENCE_SECONDS = 60
DISTRICT = {
    "longitude": -122.23,
    "latitude": 37.88,
    "housing_median_age": 41,
    "total_rooms": 880,
    "total_bedrooms": None,
    "population": 322,
    "households": 126,
    "median_income": 8.3252,
    "ocean_proximity": "NEAR BAY",
}
HOSTILE = [
    b"",
    b"{",
    b"[" * 100_000,
    b"null",
    b'"' + b"x" * 1_000_000 + b'"',
    b"\xff\xfe\x00",
    b'{"longitude": NaN}',
    json.dumps(DISTRICT | {"median_income": 1e308}).encode(),
    json.dumps(DISTRICT | {"ocean_proximity": "=cmd()"}).encode(),
    json.dumps({"instances": [DISTRICT] * 40_000}).encode(),
]


def client(service):
    return SESSION.create_client(service)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def against(measured, limit):
    return "within" if measured <= limit else "OVER"


def starts():
    """The workflow's job is replaced by one that does nothing: a run is to be started, not to be in the way of the next."""
    s3, glue = client("s3"), client("glue")
    idle(s3, glue)
    with open(os.environ["DEMO_DATA"], "rb") as data:
        body = data.read()
    times = []
    for number in range(PUTS):
        key = f"incoming/measured-{number}.csv"
        began = time.monotonic()
        s3.put_object(Bucket=RAW, Key=key, Body=body)
        until_started(glue, f"s3://{RAW}/{key}", began)
        times.append(time.monotonic() - began)
        print(f"{key} {times[-1] * 1000:.0f} ms", flush=True)
    p95 = percentile(times, 0.95)
    first, rest = times[0], times[1:]
    print(f"the first, with a cold function: {first * 1000:.0f} ms; the others' worst: {max(rest) * 1000:.0f} ms")
    print(f"measured: put to start p50 {statistics.median(times) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, {against(p95, 0.3)} 300 ms")


def idle(s3, glue):
    script = "measure/nothing.py"
    s3.put_object(Bucket=ARTIFACTS, Key=script, Body=b"pass\n")
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": f"s3://{ARTIFACTS}/{script}"}
    trigger = glue.get_trigger(Name=f"{WORKFLOW}-start")["Trigger"]
    job = glue.get_job(JobName=trigger["Actions"][0]["JobName"])["Job"]
    limits = {"MaxCapacity": 0.0625, "ExecutionProperty": {"MaxConcurrentRuns": PUTS}}
    glue.create_job(Name="nothing", Role=job["Role"], Command=command, **limits)
    glue.update_trigger(Name=trigger["Name"], TriggerUpdate={"Actions": [{"JobName": "nothing"}]})
    glue.update_workflow(Name=WORKFLOW, MaxConcurrentRuns=2 * PUTS)


def until_started(glue, uri, began):
    while time.monotonic() - began < PATIENCE_SECONDS:
        [run, *_] = glue.get_workflow_runs(Name=WORKFLOW, MaxResults=1)["Runs"] or [{}]
        if run.get("WorkflowRunProperties", {}).get("input_uri") == uri:
            return
        time.sleep(0.005)
    sys.exit(f"no run for {uri} within {PATIENCE_SECONDS} s")


class Runtime(http.server.ThreadingHTTPServer):
    """Lambda's Runtime API: one event, and the moments at which it was fetched and answered"""

    daemon_threads = True

    def __init__(self, event):
        super().__init__(("127.0.0.1", 0), Invocation)
        self.event, self.fetched, self.answered, self.answer = event, None, threading.Event(), None
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Invocation(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.server.fetched is not None:
            self.server.answered.wait()
            time.sleep(PATIENCE_SECONDS)
            return
        self.server.fetched = time.monotonic()
        body = json.dumps(self.server.event).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:measured")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        answer = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.answer = (self.path.rsplit("/", 1)[-1], answer, time.monotonic())
        self.server.answered.set()
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def cold(folder):
    events = {"predict-api": requested(), "start-etl": delivered()}
    twin = pathlib.Path(__file__).with_name("twin.py")
    lines = []
    with tempfile.TemporaryDirectory() as place:
        for name, event in events.items():
            packed = pathlib.Path(folder) / f"{name}.zip"
            with zipfile.ZipFile(packed) as archive:
                program = pathlib.Path(archive.extract("bootstrap", place))
            program.chmod(0o755)
            variables = os.environ | configured(name) | {"AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_FUNCTION_VERSION": "1"}
            ours, theirs = [], []
            for _ in range(STARTS):
                ours.append(first_answer([program], variables, event))
                theirs.append(first_answer([sys.executable, twin, name], variables, event))
            lines.append(f"{name} {described(ours)}, Python {described(theirs)}, zip {packed.stat().st_size / 2**20:.2f} MB")
            program.unlink()
            worst = percentile([answered for _, answered in ours], 0.95)
            print(f"{lines[-1]}; p95 {worst * 1000:.0f} ms, {against(worst, 0.1)} 100 ms", flush=True)
    print("measured:", "; ".join(re.sub(r" \(ready [^)]*\)|, zip.*", "", line) for line in lines))


def configured(name):
    """The variables of a function, as Terraform sets them; the API is only in front of prod, and asks dev's endpoint here"""
    if name == "predict-api":
        return {"ENDPOINT_NAME": ENDPOINT}
    return client("lambda").get_function_configuration(FunctionName=f"{DEV}-{name}")["Environment"]["Variables"]


def described(times):
    ready, answered = (statistics.median(each) * 1000 for each in zip(*times))
    return f"{answered:.0f} ms (ready after {ready:.0f})"


def first_answer(command, variables, event):
    """Seconds until a process is ready for an event, and until it has answered one"""
    runtime = Runtime(event)
    address = f"127.0.0.1:{runtime.server_address[1]}"
    began = time.monotonic()
    process = subprocess.Popen(command, env=variables | {"AWS_LAMBDA_RUNTIME_API": address}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if not runtime.answered.wait(PATIENCE_SECONDS):
            sys.exit(f"{command} did not answer")
    finally:
        process.kill()
        said = process.communicate()[0].decode(errors="replace")
        runtime.shutdown()
        runtime.server_close()
    how, answer, answered = runtime.answer
    told = json.loads(answer)
    if how != "response" or told.get("statusCode", 200) != 200:
        sys.exit(f"{command} answered {how} {answer.decode()}\n{said}")
    return runtime.fetched - began, answered - began


def requested():
    """As API Gateway asks"""
    http_of = {"method": "POST", "path": "/predict", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "measure"}
    context = {"accountId": ACCOUNT, "apiId": "a", "domainName": "api", "stage": "$default", "http": http_of}
    return {
        "version": "2.0",
        "routeKey": "POST /predict",
        "rawPath": "/predict",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api"},
        "requestContext": context,
        "body": json.dumps(DISTRICT),
        "isBase64Encoded": False,
    }


def delivered():
    """As EventBridge tells of the data again, which has a run already"""
    key = "incoming/housing.csv"
    head = client("s3").head_object(Bucket=RAW, Key=key)
    about = {"key": key, "size": head["ContentLength"], "etag": head["ETag"].strip('"'), "version-id": head["VersionId"], "sequencer": "00"}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": {"version": "0", "bucket": {"name": RAW}, "object": about, "reason": "PutObject"}}


def load(api, *generator):
    process = subprocess.Popen([api, "--port", "0"], env=os.environ | {"ENDPOINT_NAME": ENDPOINT}, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        threading.Thread(target=process.stdout.read, daemon=True).start()
        under_load(process, url, generator)
    finally:
        process.kill()
        process.wait()


def under_load(process, url, generator):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
        json.dump(DISTRICT, body)
        body.flush()
        asked = [*generator, "-z", f"{LOAD_SECONDS}s", "-c", str(CLIENTS), "-m", "POST", "-T", "application/json", "-D", body.name, f"{url}/predict"]
        # a session of its own: `go run` has a child, and both end with us
        running = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, start_new_session=True)
        said, memory, hostile = [], [], collections.Counter()
        reader = threading.Thread(target=lambda: said.append(running.stdout.read()))
        reader.start()
        try:
            for number in itertools.count():
                if running.poll() is not None:
                    break
                hostile[hostile_answer(url, HOSTILE[number % len(HOSTILE)])] += 1
                memory.append(resident(process.pid))
                time.sleep(0.5)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
            reader.join()
    report = said[0]
    statuses = {int(code): int(count) for code, count in re.findall(r"\[(\d+)\]\s+(\d+) responses", report)}
    errors = sum(int(count) for count in re.findall(r"\[(\d+)\]\s+\w+ \"http", report))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1])
    p50, p99 = (float(re.search(rf"{share}%+ in ([\d.]+) secs", report)[1]) * 1000 for share in (50, 99))
    failed = errors + sum(count for code, count in statuses.items() if code != 200)
    settled, last = statistics.median(memory[20:40]), statistics.median(memory[-20:])
    print(f"hostile requests by status: {dict(hostile)}")
    print(f"memory: {settled / 1024:.1f} MB after 10 s, {last / 1024:.1f} MB at the end, {max(memory) / 1024:.1f} MB at most")
    print("\n".join(line for line in report.splitlines() if re.search(r"% in|responses|Slowest|Fastest", line)))
    print(f"measured: {rate:.0f} requests/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {failed} of {sum(statuses.values())} failed, {last / settled:.2f} x the memory")
    if failed or any(not 400 <= status < 500 for status in hostile):
        sys.exit("a request failed that should not have, or a hostile one was not refused by a 4xx")


def hostile_answer(url, body):
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    try:
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


def resident(pid):
    """KiB, as Linux tells it"""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


{each.__name__: each for each in (starts, cold, load)}[sys.argv[1]](*sys.argv[2:])
