"""An API to talk to: a small server that answers as the OpenAPI document says, and can be told to be away, slow or wrong."""

import json
import math
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from housing_frontend.form import fields  # noqa: E402

CONTRACT = HERE.parents[1] / "contracts" / "housing.odcs.yaml"
PROBLEM = "application/problem+json"


class StandIn:
    """The API's behaviour for one test: `mode` is `up`, `down`, `slow` or `odd`."""

    def __init__(self):
        self.mode = "up"
        self.requests = []
        self.fields = {field.name: field for field in fields(str(CONTRACT))}

    def answer(self, method, path, body):
        """Status, content type and document."""
        self.requests.append((method, path, body))
        if self.mode == "down":
            return 503, PROBLEM, {"title": "Service unavailable", "status": 503, "detail": "The model's endpoint is away."}
        if self.mode == "odd":
            return 200, "text/html", "<html>a proxy</html>"
        match method, path:
            case "POST", "/predict":
                return self._predict(json.loads(body))
            case "GET", "/model":
                return 200, "application/json", MODEL
            case "GET", "/districts":
                return 200, "application/json", DISTRICTS
            case "GET", "/health":
                return 200, "application/json", {"status": "ok"}
        return 404, PROBLEM, {"title": "Not found", "status": 404}

    def _predict(self, document):
        errors, predictions = [], []
        for index, instance in enumerate(document["instances"]):
            for name, field in self.fields.items():
                wrong = self._wrong(field, instance.get(name))
                if wrong:
                    errors.append({"pointer": f"/instances/{index}/{name}", "field": name, "detail": wrong})
            income = instance["median_income"]
            warnings = [] if not isinstance(income, float) or income <= 15.0001 else [
                {"field": "median_income", "code": "outside_training_range", "detail": "above all incomes of the training data"}
            ]
            predictions.append(
                {
                    "median_house_value": 40_000.0 * income if isinstance(income, (int, float)) else 0.0,
                    "imputed": ["total_bedrooms"] if instance.get("total_bedrooms") is None else [],
                    "warnings": warnings,
                }
            )
        if errors:
            return 422, PROBLEM, {"title": "Unprocessable", "status": 422, "detail": "The input breaks the data contract.", "errors": errors}
        return 200, "application/json", {"predictions": predictions, "model": {"endpoint": "housing", "variant": "primary"}}

    @staticmethod
    def _wrong(field, value):
        if value is None:
            return "is missing" if field.required else None
        if field.choices:
            return None if value in field.choices else "is none of the contract's categories"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return "is not a number"
        return None if field.minimum <= value <= field.maximum else f"is not between {field.minimum:g} and {field.maximum:g}"


MODEL = {
    "endpoint": "towpath-prod-housing",
    "endpoint_config": "towpath-prod-housing-7-abc",
    "model_package_arn": "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/7",
    "approval_status": "Approved",
    "metrics": {"rmse": 0.434, "rmse_spatial": 0.62, "baseline_rmse": 0.74},
    "evaluation": {"segments": {"INLAND": {"rows": 1300, "rmse": 0.36}, "NEAR BAY": {"rows": 450, "rmse": 0.53}}},
}


def _districts(count=3000):
    """Districts along a made-up coast: no real data is needed to see that the page draws what it is given."""
    pick = random.Random(7)
    rows = []
    for _ in range(count):
        latitude = pick.uniform(32.6, 41.9)
        inland = pick.expovariate(1.2)
        longitude = min(-114.4, -124.3 + (41.9 - latitude) * 0.72 + inland)
        value = max(15_000.0, min(500_001.0, 420_000.0 * math.exp(-inland) + pick.gauss(60_000, 30_000)))
        rows.append((longitude, latitude, pick.uniform(1, 9), value, "NEAR OCEAN" if inland < 0.4 else "INLAND"))
    names = ("longitude", "latitude", "median_income", "median_house_value", "ocean_proximity")
    return {name: [row[number] for row in rows] for number, name in enumerate(names)}


DISTRICTS = _districts()


@pytest.fixture
def api(monkeypatch):
    """A running stand-in, named by `API_URL`."""
    stand_in = StandIn()
    free = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if stand_in.mode == "slow":
                free.wait()
                return
            status, kind, document = stand_in.answer(self.command, self.path, body)
            content = (document if isinstance(document, str) else json.dumps(document)).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("API_URL", stand_in.url)
    monkeypatch.setenv("CONTRACT_PATH", str(CONTRACT))
    yield stand_in
    free.set()
    server.shutdown()
    server.server_close()
