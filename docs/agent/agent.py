#!/usr/bin/env python3
"""An example agent of PatientGraph: a program that delivers scans and predictions, and writes reports.

    export PATIENTGRAPH_KEY=...                      # an API key with the scopes intake, predict and report
    python3 agent.py intake PG-000001 scan.nii.gz    # a session with a scan and a prediction
    python3 agent.py report --type SUMMARY           # writes the reports that wait, until it is stopped

It needs Python 3.11 and nothing else. Replace `look_at` and `write`: the rest is how one talks to the clinic.
"""

import argparse
import hashlib
import json
import logging
import os
import pathlib
import re
import signal
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

NAME = "example-agent 1.0"
TYPES = ["COMPREHENSIVE", "SUMMARY", "PATIENT_FRIENDLY", "FOLLOW_UP", "OTHER"]
FILE_TYPES = {".dcm": "DICOM", ".nii": "NIFTI", ".gz": "NIFTI", ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
log = logging.getLogger("agent")  # ids and codes go there, and nothing about a patient


class Refused(Exception):
    """The clinic understood, and did not do it: `userErrors` of a mutation, or `errors` beside `data`."""

    def __init__(self, errors):
        super().__init__("; ".join(f"{e['code']}: {e['message']}" for e in errors))
        self.errors = errors

    def at(self, code, *path):
        return any(e["code"] == code and e.get("path") == list(path) for e in self.errors)


class NothingToReport(Exception):
    """The record has nothing that a report could be about."""


class Unreachable(Exception):
    """No answer, or one that says to come back later."""


class Clinic:
    """The clinic's API, by a key."""

    def __init__(self, url, key):
        self.url, self.key = url, key
        self.ahead = 0.0  # seconds that the clinic's clock is ahead of ours

    def ask(self, query, **variables):
        """Sends a query; answers its `data`."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(self.url, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                self._set_clock(response.headers.get("date"))
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            if error.code in (429, 502, 503, 504):
                raise Unreachable(f"HTTP {error.code}") from error
            try:
                answer = json.load(error)
            except ValueError:
                raise Unreachable(f"HTTP {error.code}") from error
        except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError) as error:
            raise Unreachable(type(error).__name__) from error
        if answer.get("errors"):
            codes = [e.get("extensions", {}).get("code", "INTERNAL") for e in answer["errors"]]
            if set(codes) & {"RATE_LIMITED", "UNAVAILABLE", "INTERNAL"}:
                raise Unreachable(codes[0])
            raise Refused([{"code": code, "message": e["message"]} for code, e in zip(codes, answer["errors"])])
        return answer["data"]

    def do(self, mutation, selection, **fields):
        """Runs one mutation with these fields of its input; answers its payload."""
        kind = mutation[0].upper() + mutation[1:] + "Input"
        selection += " userErrors { code message path }"
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        payload = self.ask(query, input={name: value for name, value in fields.items() if value is not None})[mutation]
        if payload["userErrors"]:
            raise Refused(payload["userErrors"])
        return payload

    def node(self, query, **variables):
        """What `node(id:)` answers. What one may not see, or no longer, is not there."""
        node = self.ask(query, **variables)["node"]
        if node is None:
            raise Refused([{"code": "NOT_FOUND", "message": "the record is not there, or not any more"}])
        return node

    def list(self, patient, name, fields, arguments=""):
        """All rows of one of a patient's lists, page by page."""
        query = f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on Patient {{
            {name}(first: 100, after: $after{arguments}) {{
                pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} }} }} }} }}"""
        rows, after = [], None
        while True:
            page = self.node(query, id=patient, after=after)[name]
            rows += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return rows

    def seconds_until(self, instant):
        return datetime.fromisoformat(instant).timestamp() - time.time() - self.ahead

    def _set_clock(self, date):
        if date:
            self.ahead = parsedate_to_datetime(date).timestamp() - time.time()


# --- Scans and predictions ---


def intake(clinic, mrn, path):
    """Opens a session by the exact record number, and delivers a scan's record and what the model found in it.

    The image itself stays where it is: the clinic keeps its name, size and fingerprint.
    """
    opened = clinic.do("createSession", "analysisSession { id version patient { id } }", mrn=mrn, inputType="mri")
    session = opened["analysisSession"]
    of = {"patientId": session["patient"]["id"], "sessionId": session["id"]}
    status = "FAILED"
    try:
        image = path.read_bytes()
        file = {
            "originalFilename": path.name, "fileSize": len(image), "sha256": hashlib.sha256(image).hexdigest(),
            "fileType": FILE_TYPES.get(path.suffix.lower(), "UNKNOWN"), "processingStatus": "COMPLETED",
        }
        scan = clinic.do("createScan", "scan { id }", **of, **file)["scan"]["id"]
        found = clinic.do("createPrediction", "prediction { id }", **of, scanId=scan, **look_at(image))
        status = "COMPLETED"
        return {"session": session["id"], "scan": scan, "prediction": found["prediction"]["id"]}
    finally:
        # Done or not, the session ends, and with it what the agent sees of the patient.
        ended = {"id": session["id"], "version": session["version"], "status": status}
        clinic.do("updateSession", "analysisSession { id }", **ended)


def look_at(image):
    """Your model goes here. This one is honest: it cannot tell."""
    started = time.monotonic()
    certainty = 0.5 if image else 0.0
    return {
        "type": "binary", "result": "UNCERTAIN", "confidence": certainty, "binaryConfidence": certainty,
        "modelVersion": NAME, "processingTime": round(time.monotonic() - started, 3),
    }


# --- Reports ---

LEASE = "lease { token until reportRequest { id type patient { id } prediction { id } } }"


def serve(clinic, types, stopping, once=False):
    """Takes one request after the other and writes its report, until it is told to stop."""
    pause = 1.0
    while not stopping.is_set():
        try:
            lease = clinic.do("claimReport", LEASE, types=types)["lease"]
            pause = 1.0
            if lease:
                make(clinic, lease)
            elif once:
                return
            else:
                stopping.wait(5)
        except Unreachable as error:
            log.warning("the clinic does not answer (%s); trying again in %.0f s", error, pause)
            stopping.wait(pause)
            pause = min(pause * 2, 60)


def make(clinic, lease):
    """Writes the report of one lease, or says why there is none: a silent agent costs the patient time."""
    request, token = lease["reportRequest"], lease["token"]
    with Keeping(clinic, lease) as keeping:
        try:
            record = read(clinic, request["patient"]["id"])
            report = write(record, request)
            if not keeping.lost.is_set():
                patiently(lambda: clinic.do("completeReport", "report { id }", lease=token, **report))
                log.info("request %s: done", request["id"])
        except NothingToReport as reason:
            give_up(clinic, request, token, str(reason), permanent=True)
        except Refused as error:
            if error.at("CONFLICT", "lease"):
                log.warning("request %s: the lease is over, somebody else has it", request["id"])
            else:
                give_up(clinic, request, token, f"The clinic did not take the report: {error}")
        except Unreachable:
            # The lease ends by itself, and the request is tried again.
            log.warning("request %s: the clinic does not answer any more", request["id"])
        except Exception as error:  # a bug of this agent; its text may hold what the record says, its place does not
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("request %s: %s in line %s", request["id"], type(error).__name__, place.lineno)
            give_up(clinic, request, token, f"{NAME} failed with {type(error).__name__}; its log says why")


def give_up(clinic, request, token, message, permanent=False):
    """Says why there is no report. The message is for people, and has nothing of the record in it. The request is tried
    again, by whoever claims it then, unless that would end the same way."""
    log.warning("request %s: given up", request["id"])
    try:
        clinic.do("failReport", "reportRequest { id }", lease=token, message=message, permanent=permanent)
    except (Refused, Unreachable) as error:
        log.warning("request %s: could not even say so (%s)", request["id"], type(error).__name__)


def patiently(work, tries=5):
    """Does again what was not answered. Completing a report twice by the same lease is completing it once."""
    for number in range(tries):
        try:
            return work()
        except Unreachable:
            if number == tries - 1:
                raise
            time.sleep(2**number)


class Keeping:
    """Extends a lease beside the work, until the work is over. `lost` is set when the lease is."""

    def __init__(self, clinic, lease):
        self.clinic, self.lease = clinic, lease
        self.lost, self.over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def run(self):
        until = self.lease["until"]
        # With half of the time gone there is time to try again.
        while not self.over.wait(max(self.clinic.seconds_until(until) / 2, 1)):
            try:
                until = self.clinic.do("extendLease", "lease { until }", lease=self.lease["token"])["lease"]["until"]
            except Refused:
                return self.lost.set()
            except Unreachable:
                if self.clinic.seconds_until(until) < 0:
                    return self.lost.set()


def read(clinic, patient):
    """The whole record, as far as a report may tell it: patients read reports, so no internal notes."""
    person = """query($id: ID!) { node(id: $id) { ... on Patient {
        id version mrn name dateOfBirth age allergies currentMedications
        statistics { totalConsultations totalScans totalPredictions nextVisitDate } } } }"""
    visit = "id version date type status diagnosis prescription doctor { name }"
    prediction = "id version createdAt result stage confidence modelVersion scan { id }"
    for_the_patient = ", filter: { eventType: { eq: NOTE }, patientVisible: { eq: true } }"
    return {
        "patient": clinic.node(person, id=patient),
        "visits": clinic.list(patient, "consultations", visit),
        "scans": clinic.list(patient, "scans", "id version acquiredAt uploadedAt fileType processingStatus"),
        "predictions": clinic.list(patient, "predictions", prediction),
        "notes": clinic.list(patient, "timeline", "id version eventDate title description", for_the_patient),
    }


def write(record, request):
    """Your report goes here: the fields of `completeReport`. Newest first, so the first of each list is the latest."""
    patient, figures = record["patient"], record["patient"]["statistics"]
    if not (figures["totalConsultations"] or figures["totalScans"] or figures["totalPredictions"]):
        raise NothingToReport("The record has no scan, no prediction and no completed visit.")
    asked = request["prediction"] and request["prediction"]["id"]
    shown = [p for p in record["predictions"] if asked in (None, p["id"])][:5]
    visits = [v for v in record["visits"] if v["status"] == "COMPLETED"][:5]
    lines = [f"# Report about {text(patient['name'])}", f"Record number {text(patient['mrn'])}."]
    lines += ["## Findings of models", "These are not diagnoses."]
    lines += [f"- {day(p['createdAt'])}: {finding(p)}" for p in shown] or ["None."]
    lines += ["## Visits"] + ([told(v) for v in visits] or ["None."])
    lines += ["## To keep in mind", f"- Allergies: {text(patient['allergies'] or 'not recorded')}"]
    lines += [f"- Medicines: {text(patient['currentMedications'] or 'not recorded')}"]
    lines += [f"- Next visit: {day(figures['nextVisitDate']) if figures['nextVisitDate'] else 'none is booked'}"]
    return {
        "title": f"{request['type'].replace('_', ' ').capitalize()} by {NAME}",
        "content": "\n\n".join(lines), "format": "MARKDOWN", "generatedBy": NAME,
        "confidence": shown[0]["confidence"] if shown else None,
        "disclaimer": "Written by a program. It supports a doctor's judgement and does not replace it.",
        "predictionIds": [p["id"] for p in shown],
        "madeFrom": origin(record),
    }


def origin(record):
    """What the report rests on: every row with its version, and a fingerprint of all that was read."""
    rows = [record["patient"]] + [row for name in ("visits", "scans", "predictions", "notes") for row in record[name]]
    form = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    versions = {row["id"]: row["version"] for row in rows}
    return {"readAt": now, "program": NAME, "rows": versions, "sha256": hashlib.sha256(form.encode()).hexdigest()}


def finding(prediction):
    said = {"DETECTED": "signs of the disease", "NOT_DETECTED": "no signs of the disease", "UNCERTAIN": "uncertain"}
    words = said.get(prediction["result"], "no result")
    if prediction["stage"]:
        words += f", stage {text(prediction['stage'])}"
    if prediction["confidence"] is not None:
        words += f" ({prediction['confidence']:.0%})"
    return f"{words}, {text(prediction['modelVersion'] or 'model not recorded')}"


def told(visit):
    diagnosis = text(visit["diagnosis"] or "no diagnosis recorded")
    return f"- {day(visit['date'])}, {text(visit['doctor']['name'])}: {diagnosis}"


def day(instant):
    return instant[:10]


def text(value):
    """What people typed, as Markdown that shows it and nothing else."""
    return re.sub(r"([\\`*_{}\[\]<>|~#&$^])", r"\\\1", " ".join(value.split()))


# --- The command line ---


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("PATIENTGRAPH_URL", "http://127.0.0.1:4000/graphql"))
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("intake", help="deliver a scan and what the model finds in it")
    one.add_argument("mrn", help="the exact medical record number")
    one.add_argument("file", type=pathlib.Path, help="the scan")
    many = commands.add_parser("report", help="write the reports that wait, until SIGINT or SIGTERM")
    many.add_argument("--type", action="append", choices=TYPES, help="only these; may be repeated")
    many.add_argument("--once", action="store_true", help="stop when nothing waits")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Not an argument: the list of processes shows arguments to everybody on the machine.
    key = os.environ.get("PATIENTGRAPH_KEY")
    if not key:
        parser.error("set PATIENTGRAPH_KEY to an API key; `patientgraph user api-key` makes one")
    clinic = Clinic(arguments.url, key)
    stopping = threading.Event()
    try:
        if arguments.command == "intake":
            print(json.dumps(intake(clinic, arguments.mrn, arguments.file)))
        else:
            for stop in (signal.SIGINT, signal.SIGTERM):
                # The report at hand is finished first.
                signal.signal(stop, lambda *_: stopping.set())
            serve(clinic, arguments.type, stopping, arguments.once)
    except Refused as error:
        sys.exit(f"refused: {error}")
    except Unreachable as error:
        sys.exit(f"the clinic does not answer: {error}")


if __name__ == "__main__":
    main()
