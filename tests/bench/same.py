"""Whether a GraphQL answer and the hand-written statement's JSON say the same, each in its own forms."""

import base64, datetime, json, re, subprocess, uuid
from pathlib import Path

HERE = Path(__file__).parent
WORDS = {"gender", "eventType", "severity", "type", "status", "diseaseStatus"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def plain(value, field=""):
    """The value in one form: lists for connections, words as the tables have them, keys, cents and instants."""
    if isinstance(value, dict):
        if "nodes" in value or "edges" in value:
            return plain(value.get("nodes", value.get("edges")))
        return {name: plain(v, name) for name, v in value.items() if name != "pageInfo"}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if value is None:
        return [] if field in ("doctors", "timeline", "consultations", "reports") else None
    if field == "id" and "_" in value:
        key = value.split("_", 1)[1]
        return str(uuid.UUID(bytes=base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))))
    if field == "fee" and isinstance(value, str):
        return int(value.replace(".", ""))
    if field in WORDS:
        return value.lower().replace("-", "_")
    if isinstance(value, str) and INSTANT.match(value):
        return datetime.datetime.fromisoformat(value)
    return value


def by_hand(name, number, database):
    """What the statement answers for the patient with that number."""
    lines = (HERE / f"{name}.sql").read_text().splitlines()
    statement = "\n".join(line for line in lines if not line.startswith("\\set")).replace(":number", str(number))
    answer = subprocess.run(["psql", "-XAtq", database, "-c", statement], check=True, capture_output=True, text=True)
    return plain(json.loads(answer.stdout))


def check(name, number, answer, database):
    """Stops the run with the first difference, if there is one."""
    pairs = [(name, plain(next(iter(json.loads(answer)["data"].values()))), by_hand(name, number, database))]
    while pairs:
        path, ours, theirs = pairs.pop()
        if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
            pairs += [(f"{path}.{k}", ours[k], theirs[k]) for k in ours]
        elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            pairs += [(f"{path}[{i}]", *pair) for i, pair in enumerate(zip(ours, theirs))]
        elif ours != theirs:
            raise SystemExit(f"{path}: the server says {ours!r}, the statement {theirs!r}")
