#!/usr/bin/env python3
"""CPU per request of the three queries, beside one hand-written statement each run by pgbench, in one run.

    cargo run --release -- demo --patients 100000 --database-url postgres://postgres@127.0.0.1:5432/bench &
    tests/bench/run.py --port 4000 --server-pid PID --postmaster-pid PID --database postgres://…/bench --patients 100000 \\
        --token TOKEN    (the administrator's, as the demo prints it)

The figure is CPU, not time: server, load generator and database share the machine. The database's is that of the
postmaster and all its children, dead ones included, so nothing else should use the cluster; pgbench's own is left
out. Both sides begin at random patients, and before anything is measured a sample of their answers is compared.
Needs Linux, Python 3.11 and PostgreSQL's psql and pgbench.
"""

import argparse, http.client, json, os, random, statistics, subprocess
from pathlib import Path

import same

HERE = Path(__file__).parent
TICK = 1000 / os.sysconf("SC_CLK_TCK")
FIRST_OF = """query($mrn: String!) { patient(mrn: $mrn) { id } }"""
PLACE_OF = """query($id: ID!) {
  patients(first: 1, filter: { id: { eq: $id } }, orderBy: { field: LAST_VISIT, direction: DESC }) { edges { cursor } }
}"""


def stat(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[1]), [int(n) for n in fields[11:15]]


def server_cpu(pid):
    return sum(stat(pid)[1][:2]) * TICK


def database_cpu(postmaster):
    ticks = sum(stat(postmaster)[1])
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent, times = stat(entry.name)
            except OSError:
                continue
            if parent == postmaster:
                ticks += sum(times[:2])
    return ticks * TICK


class Client:
    def __init__(self, port, token):
        self.http = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}

    def ask(self, query, variables):
        body = json.dumps({"query": query, "variables": variables})
        self.http.request("POST", "/graphql", body, self.headers)
        text = self.http.getresponse().read()
        assert b'"errors"' not in text[:20], text[:400]
        return text

    def data(self, query, variables):
        return json.loads(self.ask(query, variables))["data"]


def mrn(number):
    return {"mrn": f"PG-{number:06}"}


def starts(name, client, patients, count):
    """Random patients, as number and variables; for W1 the page after the patient. Archived ones are in no list."""
    found = []
    while len(found) < count:
        number = random.randint(1, patients)
        variables = mrn(number)
        if name == "w1":
            edges = client.data(PLACE_OF, client.data(FIRST_OF, variables)["patient"])["patients"]["edges"]
            if not edges:
                continue
            variables = {"after": edges[0]["cursor"]}
        found.append((number, variables))
    return found


def graphql(query, variables, client, arguments):
    """Milliseconds of CPU per request: server, database."""
    def now():
        return server_cpu(arguments.server_pid), database_cpu(arguments.postmaster_pid)
    before = now()
    for v in variables:
        client.ask(query, v)
    return [(b - a) / len(variables) for a, b in zip(before, now())]


def by_hand(name, arguments, rounds):
    """Milliseconds of the database's CPU per statement."""
    command = ["pgbench", "-n", "-M", "prepared", "-c", "1", "-D", f"patients={arguments.patients}", "-f",
               str(HERE / f"{name}.sql"), "-t", str(rounds), arguments.database]
    before = database_cpu(arguments.postmaster_pid)
    subprocess.run(command, check=True, capture_output=True)
    return (database_cpu(arguments.postmaster_pid) - before) / rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--postmaster-pid", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--patients", type=int, required=True)
    parser.add_argument("--repeat", type=int, default=7)
    arguments = parser.parse_args()
    client = Client(arguments.port, arguments.token)

    print("median CPU ms     server  database     total   by hand   total/by hand (each run)")
    for name, rounds in (("w1", 150), ("w2", 600), ("w3", 2500)):
        query = (HERE / f"{name}.graphql").read_text()
        random_starts = starts(name, client, arguments.patients, rounds)
        for number, variables in random_starts[:20]:
            same.check(name, number, client.ask(query, variables), arguments.database)
        variables = [v for _, v in random_starts]
        runs = [(*graphql(query, variables, client, arguments), by_hand(name, arguments, rounds))
                for _ in range(arguments.repeat)]
        server, database, hand = (statistics.median(column) for column in zip(*runs))
        total = statistics.median(a + b for a, b, _ in runs)
        ratios = [(a + b) / c for a, b, c in runs]
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{name:13} {server:10.3f} {database:9.3f} {total:9.3f} {hand:9.3f} {statistics.median(ratios):9.2f}"
              f"   ({each})", flush=True)


if __name__ == "__main__":
    main()
