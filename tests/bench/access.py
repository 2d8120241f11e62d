#!/usr/bin/env python3
r"""What the access rule costs: CPU per request of the three queries for a doctor, beside an administrator's.

    tests/bench/access.py --port 4000 --server-pid PID --postmaster-pid PID --token TOKEN --doctor-token TOKEN \
        --doctor ID --mrns FILE

The tokens are an administrator's and the doctor's; ID is the doctor's as the API knows it, and FILE has the record numbers
of the doctor's patients, one a line. The administrator asks for the same pages (the list filtered by the doctor, the
same patients), whose answers are compared first, and, for W1, for pages of the whole clinic. All in one run, by turns.
Without --postmaster-pid the server's own CPU is all there is: SQLite.
"""

import argparse, json, random, statistics
from pathlib import Path

from run import HERE, Client, database_cpu, server_cpu

BY_VISIT = "orderBy: { field: LAST_VISIT, direction: DESC }"


def cursors(client, of_doctor):
    query = f"query($after: String) {{ patients(first: 100, after: $after, {of_doctor} {BY_VISIT}) {{ edges {{ cursor }} }} }}"
    found, after = [], None
    while True:
        edges = client.data(query, {"after": after})["patients"]["edges"]
        found += [edge["cursor"] for edge in edges]
        if len(edges) < 100 or len(found) >= 2000:
            return found
        after = found[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--postmaster-pid", type=int)
    parser.add_argument("--token", required=True)
    parser.add_argument("--doctor-token", required=True)
    parser.add_argument("--doctor", required=True)
    parser.add_argument("--mrns", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    admin, doctor = (Client(arguments.port, token) for token in (arguments.token, arguments.doctor_token))
    mrns = arguments.mrns.read_text().split()

    def now():
        postmaster = arguments.postmaster_pid
        return server_cpu(arguments.server_pid) + (database_cpu(postmaster) if postmaster else 0)

    def cost(client, query, variables):
        before = now()
        for v in variables:
            client.ask(query, v)
        return (now() - before) / len(variables)

    of_doctor = f'filter: {{ doctorId: {{ eq: "{arguments.doctor}" }} }},'
    print("CPU ms, medians     doctor  the same page   ratio (each run)   the whole clinic's")
    for name, rounds in (("w1", 60), ("w2", 300), ("w3", 1500)):
        query = (HERE / f"{name}.graphql").read_text()
        if name == "w1":
            own, all_ = [{"after": c} for c in cursors(doctor, "")[:-50]], [{"after": c} for c in cursors(admin, "")[:-50]]
            same = query.replace("after: $after,", f"after: $after, {of_doctor}")
        else:
            own, same = [{"mrn": mrn} for mrn in mrns], query
            all_ = own
        for variables in random.sample(own, 20):
            mine, theirs = (json.loads(text)["data"] for text in (doctor.ask(query, variables), admin.ask(same, variables)))
            assert mine == theirs, f"{name} {variables}: the answers differ"
        runs = []
        for _ in range(arguments.repeat):
            variables = random.choices(own, k=rounds)
            whole = cost(admin, query, random.choices(all_, k=rounds)) if name == "w1" else 0
            runs.append((cost(doctor, query, variables), cost(admin, same, variables), whole))
        mine, theirs, whole = (statistics.median(column) for column in zip(*runs))
        each = " ".join(f"{a / b:.2f}" for a, b, _ in runs)
        ratio = statistics.median(a / b for a, b, _ in runs)
        print(f"{name:14} {mine:11.3f} {theirs:14.3f} {ratio:7.2f} ({each}) {whole:10.3f}", flush=True)


if __name__ == "__main__":
    main()
