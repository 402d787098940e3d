"""The REST API as these pages see it.

Every call ends in a value or in one of three errors that a person can act on: the API is away, it is slow, or it says what is
wrong with the input. It knows the API's documents (`GET /openapi.json` describes them) and nothing of AWS.
"""

from dataclasses import dataclass

import requests

# the API gives the model ten seconds; a browser that waits longer is told so
TIMEOUT_SECONDS = (3.05, 12.0)
# most instances that one request may hold
MOST_INSTANCES = 1000


class ApiError(Exception):
    """Why there is no answer; its text is for the person in front of the page."""


class Away(ApiError):
    """Nobody answers, or what answers says that the model is not there."""


class Slow(ApiError):
    """No answer within the time."""


class Invalid(ApiError):
    """The input was refused; `errors` are (index of the instance, field, what is wrong with it)."""

    def __init__(self, detail, errors):
        super().__init__(detail)
        self.errors = errors


@dataclass(frozen=True)
class Prediction:
    """One answer: US dollars, the fields that were filled in, and what makes it doubtful."""

    value: float
    imputed: tuple
    warnings: tuple


class Api:
    """The API at `url`."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.session = requests.Session()

    def predict(self, instances):
        """The predictions for at most `MOST_INSTANCES` rows, in their order."""
        answer = self._call("POST", "/predict", {"instances": list(instances)})
        return [
            Prediction(
                value=float(one["median_house_value"]),
                imputed=tuple(one.get("imputed", ())),
                warnings=tuple((each["field"], each["detail"]) for each in one.get("warnings", ())),
            )
            for one in answer["predictions"]
        ]

    def health(self):
        """What the API says of itself; `Away` when it says that it cannot serve."""
        return self._call("GET", "/health")

    def model(self):
        """Which model package serves, with its metrics."""
        return self._call("GET", "/model")

    def districts(self):
        """The districts that the model was trained on, a list for each column."""
        return self._call("GET", "/districts")

    def _call(self, method, path, body=None):
        try:
            response = self.session.request(method, self.url + path, json=body, timeout=TIMEOUT_SECONDS)
        except requests.Timeout as error:
            raise Slow("The API did not answer in time.") from error
        except requests.RequestException as error:
            raise Away("The API does not answer.") from error
        document = _document(response)
        if response.ok and document is not None:
            return document
        if response.status_code == 504:
            raise Slow(_text(document, "The model did not answer in time."))
        if 400 <= response.status_code < 500 and response.status_code != 429:
            raise Invalid(_text(document, "The API refused the request."), _errors(document))
        raise Away(_text(document, f"The API answers with status {response.status_code}."))


def _document(response):
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _text(document, otherwise):
    return (document or {}).get("detail") or otherwise


def _errors(document):
    """The problem's entries as (instance, field, text); a pointer reads `/instances/3/longitude`."""
    found = []
    for entry in (document or {}).get("errors", ()):
        parts = str(entry.get("pointer", "")).split("/")
        index = int(parts[2]) if len(parts) > 2 and parts[1] == "instances" and parts[2].isdigit() else 0
        found.append((index, entry.get("field", ""), entry.get("detail", "")))
    return found
