#!/usr/bin/env python3
"""CPU per request of the three queries, beside one hand-written statement each run by pgbench, in one run.

    cargo run --release -- demo --patients 100000 --database-url postgres://postgres@127.0.0.1:5432/bench &
    tests/bench/run.py --port 4000 --server-pid PID --postmaster-pid PID --database postgres://…/bench --patients 100000

The figure is CPU, not time: server, load generator and database share the machine. The database's is that of the
postmaster and all its children, dead ones included; pgbench's own is left out. Needs Python 3 and pgbench on Linux.
"""

import argparse, http.client, json, os, random, statistics, subprocess, sys
from pathlib import Path

HERE = Path(__file__).parent
TICK = 1000 / os.sysconf("SC_CLK_TCK")


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
    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port)

    def ask(self, query, variables):
        body = json.dumps({"query": query, "variables": variables})
        self.http.request("POST", "/graphql", body, {"content-type": "application/json"})
        text = self.http.getresponse().read()
        assert b'"errors"' not in text[:20], text[:400]
        return text


def graphql(name, arguments, client, rounds):
    query = (HERE / f"{name}.graphql").read_text()
    if name == "w1":
        cursors = arguments.cursors
        variables = [{"after": random.choice(cursors)} for _ in range(rounds)]
    else:
        variables = [{"mrn": f"PG-{random.randint(1, arguments.patients):06}"} for _ in range(rounds)]
    for v in variables[:20]:
        client.ask(query, v)
    before = server_cpu(arguments.server_pid), database_cpu(arguments.postmaster_pid)
    for v in variables:
        client.ask(query, v)
    after = server_cpu(arguments.server_pid), database_cpu(arguments.postmaster_pid)
    return [(b - a) / rounds for a, b in zip(before, after)]


def by_hand(name, arguments, rounds):
    command = ["pgbench", "-n", "-M", "prepared", "-c", "1", "-D", f"patients={arguments.patients}", "-f",
               str(HERE / f"{name}.sql"), "-t", str(rounds), arguments.database]
    before = database_cpu(arguments.postmaster_pid)
    subprocess.run(command, check=True, capture_output=True)
    return (database_cpu(arguments.postmaster_pid) - before) / rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--postmaster-pid", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--patients", type=int, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    client = Client(arguments.port)

    query, arguments.cursors = (HERE / "w1.graphql").read_text(), [None]
    for _ in range(200):
        page = json.loads(client.ask(query, {"after": arguments.cursors[-1]}))["data"]["patients"]["pageInfo"]
        arguments.cursors.append(page["endCursor"])

    print("CPU ms per request   server  database     total   by hand   total/by hand")
    for name, rounds in (("w1", 100), ("w2", 500), ("w3", 2000)):
        runs = [(*graphql(name, arguments, client, rounds), by_hand(name, arguments, rounds))
                for _ in range(arguments.repeat)]
        server, database, hand = (statistics.median(column) for column in zip(*runs))
        total = statistics.median(a + b for a, b, _ in runs)
        ratio = statistics.median((a + b) / c for a, b, c in runs)
        print(f"{name:18} {server:8.2f}  {database:8.2f}  {total:8.2f}  {hand:8.2f}  {ratio:14.2f}")


if __name__ == "__main__":
    sys.exit(main())
