#!/usr/bin/env python3
"""CPU per `createConsultation`, beside the bare INSERT of the same row, in one run.

    tests/bench/write.py --port 4000 --token TOKEN --server-pid PID --postmaster-pid PID --database postgres://…/bench
    tests/bench/write.py --port 4000 --token TOKEN --server-pid PID --database clinic.sqlite

The server serves a demo of at least some thousand patients. On PostgreSQL the INSERT is run by pgbench, prepared, once
with the triggers and once without; its figure is the database's alone. On SQLite Python runs it, and its figure is that
of this process. Each visit is of a random patient and, in turn, of a doctor who has the patient already or of any, for
whom the server opens an assignment too; the INSERT writes the visit alone. The rows stay: measure on a copy.
Needs Linux, Python 3.11 and, for PostgreSQL, psql and pgbench; nothing else should use the cluster.
"""

import argparse, base64, random, sqlite3, statistics, subprocess, tempfile, time, uuid
from datetime import datetime, timedelta

from run import Client, database_cpu, server_cpu

MUTATION = """mutation($input: CreateConsultationInput!) {
  createConsultation(input: $input) { consultation { id version } userErrors { code } } }"""
COLUMNS = """id, patient_id, doctor_id, consultation_date, consultation_type, status, chief_complaint, diagnosis,
  prescription, created_at, updated_at, version"""
TEXTS = {"chiefComplaint": "Tremor at rest", "diagnosis": "Unchanged", "prescription": "As before"}
LITERALS = "'in-person', 'completed', 'Tremor at rest', 'Unchanged', 'As before'"
BARE = f"""\\set number random(1, :pairs)
INSERT INTO consultations ({COLUMNS})
SELECT gen_random_uuid(), patient_id, doctor_id, date, {LITERALS}, now(), now(), 1 FROM bench_pairs WHERE number = :number;
"""
PAIRS = {
    "own doctor": "SELECT patient_id, doctor_id FROM doctor_patient_assignments WHERE ended_at IS NULL",
    "any doctor": """SELECT p.patient_id, d.doctor_id FROM (SELECT * FROM patients ORDER BY random() LIMIT 4000) p
                     JOIN (SELECT * FROM doctors ORDER BY random() LIMIT 20) d ON true""",
}


class Postgres:
    def __init__(self, arguments):
        self.url, self.postmaster = arguments.database, arguments.postmaster_pid

    def sql(self, text):
        done = subprocess.run(["psql", "-qAtX", "-F", ",", "-v", "ON_ERROR_STOP=1", self.url], input=text, text=True,
                              check=True, capture_output=True)
        return [line.split(",") for line in done.stdout.splitlines()]

    def pairs(self, query, count):
        return self.sql(f"""SELECT q.* FROM ({query}) q JOIN patients p USING (patient_id)
                            WHERE p.archived_at IS NULL ORDER BY random() LIMIT {count}""")

    def prepare(self, visits):
        rows = ", ".join(f"({n}, '{p}', '{d}', '{at}')" for n, (p, d, at) in enumerate(visits, 1))
        self.sql(f"""DROP TABLE IF EXISTS bench_pairs; CREATE TABLE bench_pairs
                     (number int PRIMARY KEY, patient_id uuid, doctor_id uuid, date timestamptz);
                     INSERT INTO bench_pairs VALUES {rows}; ANALYZE bench_pairs;""")

    def cpu(self):
        return database_cpu(self.postmaster)

    def bare(self, visits):
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(BARE)
            script.flush()
            before = self.cpu()
            subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", "1", "-D", f"pairs={len(visits)}", "-f",
                            script.name, "-t", str(len(visits)), self.url], check=True, capture_output=True)
            # What its process has used is counted once that has ended.
            time.sleep(0.3)
            return (self.cpu() - before) / len(visits)

    def without_triggers(self, visits):
        self.sql("ALTER TABLE consultations DISABLE TRIGGER USER")
        try:
            return self.bare(visits)
        finally:
            # What was not derived meanwhile would be found by `verify`.
            self.sql("""DELETE FROM consultations c USING bench_pairs b WHERE c.patient_id = b.patient_id
                        AND c.consultation_date = b.date AND NOT EXISTS (SELECT 1 FROM patient_timeline t
                        WHERE t.related_id = c.id); ALTER TABLE consultations ENABLE TRIGGER USER""")

    def finish(self):
        self.sql("DROP TABLE IF EXISTS bench_pairs")


class Sqlite:
    def __init__(self, arguments):
        self.db = sqlite3.connect(arguments.database, isolation_level=None, timeout=10)
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("PRAGMA cache_size = -65536")

    def pairs(self, query, count):
        return self.db.execute(f"""SELECT q.* FROM ({query}) q JOIN patients p USING (patient_id)
                                   WHERE p.archived_at IS NULL ORDER BY random() LIMIT {count}""").fetchall()

    def prepare(self, visits):
        pass

    def cpu(self):
        return 0

    def bare(self, visits):
        sql = f"INSERT INTO consultations ({COLUMNS}) VALUES (?, ?, ?, ?, {LITERALS}, ?, ?, 1)"
        before = time.process_time()
        for patient, doctor, at in visits:
            self.db.execute(sql, (str(uuid.uuid4()), patient, doctor, at, at, at))
        return (time.process_time() - before) * 1000 / len(visits)

    def finish(self):
        self.db.close()


def visits(pairs):
    """Each pair at a time of its own."""
    start = datetime(2010, 1, 1)
    at = lambda: start + timedelta(microseconds=random.randrange(500_000_000_000_000))
    return [(patient, doctor, at().strftime("%Y-%m-%dT%H:%M:%S.%fZ")) for patient, doctor in pairs]


def node(prefix, key):
    return f"{prefix}_" + base64.urlsafe_b64encode(uuid.UUID(key).bytes).rstrip(b"=").decode()


def graphql(visits, arguments, database):
    """Milliseconds of CPU per mutation: server, database."""
    # A connection of its own: the server closes one that is idle while the INSERTs are measured.
    client, server = Client(arguments.port, arguments.token), arguments.server_pid
    inputs = [{"patientId": node("pat", p), "doctorId": node("doc", d), "date": at, "status": "COMPLETED", **TEXTS}
              for p, d, at in visits]
    before = server_cpu(server), database.cpu()
    for visit in inputs:
        answer = client.ask(MUTATION, {"input": visit})
        assert b'"userErrors":[]' in answer, answer
    return [(now - then) / len(visits) for then, now in zip(before, (server_cpu(server), database.cpu()))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--postmaster-pid", type=int)
    parser.add_argument("--database", required=True)
    parser.add_argument("--visits", type=int, default=400)
    parser.add_argument("--repeat", type=int, default=7)
    arguments = parser.parse_args()
    database = (Postgres if arguments.database.startswith("postgres") else Sqlite)(arguments)

    print("median CPU ms     server  database     total  bare INSERT  no triggers  total/bare (each run)")
    for name, query in PAIRS.items():
        runs = []
        # The first warms caches and connections.
        for _ in range(arguments.repeat + 1):
            chosen = visits(database.pairs(query, arguments.visits))
            database.prepare(chosen)
            without = database.without_triggers(chosen) if isinstance(database, Postgres) else float("nan")
            runs.append((*graphql(chosen, arguments, database), database.bare(chosen), without))
        runs = runs[1:]
        server, rows, bare, without = (statistics.median(column) for column in zip(*runs))
        ratios = [(a + b) / c for a, b, c, _ in runs]
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{name:13} {server:10.3f} {rows:9.3f} {server + rows:9.3f} {bare:12.3f} {without:12.3f} "
              f"{statistics.median(ratios):11.2f}   ({each})", flush=True)
    database.finish()


if __name__ == "__main__":
    main()
