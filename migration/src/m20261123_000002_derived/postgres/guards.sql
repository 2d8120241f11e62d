-- What must not happen is refused, with the same words as on SQLite.

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';
END $$;

-- Triggers and cascades run at a depth above 0; `patientgraph verify --repair` sets patientgraph.repair for its
-- transaction.
CREATE TRIGGER kept_by_the_database BEFORE INSERT OR UPDATE OR DELETE ON patient_statistics FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND current_setting('patientgraph.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION refuse(
        'patient_statistics is kept by the database: change the rows it counts, or run patientgraph verify --repair');

CREATE TRIGGER made_events_insert BEFORE INSERT ON patient_timeline FOR EACH ROW
    WHEN (NEW.related_id IS NOT NULL AND pg_trigger_depth() = 0
          AND current_setting('patientgraph.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION refuse(
        'made events are kept by the database: change the source row, or run patientgraph verify --repair');
CREATE TRIGGER made_events_update BEFORE UPDATE ON patient_timeline FOR EACH ROW
    WHEN ((OLD.related_id IS NOT NULL OR NEW.related_id IS NOT NULL) AND pg_trigger_depth() = 0
          AND current_setting('patientgraph.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION refuse(
        'made events are kept by the database: change the source row, or run patientgraph verify --repair');
CREATE TRIGGER made_events_delete BEFORE DELETE ON patient_timeline FOR EACH ROW
    WHEN (OLD.related_id IS NOT NULL AND pg_trigger_depth() = 0
          AND current_setting('patientgraph.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION refuse(
        'made events are kept by the database: change the source row, or run patientgraph verify --repair');

-- Timeline and statistics refer to these rows by their keys.
CREATE TRIGGER key_never_changes BEFORE UPDATE OF id ON sessions FOR EACH ROW WHEN (OLD.id <> NEW.id)
    EXECUTE FUNCTION refuse('the key of a row never changes: insert a new row');
CREATE TRIGGER key_never_changes BEFORE UPDATE OF id ON mri_scans FOR EACH ROW WHEN (OLD.id <> NEW.id)
    EXECUTE FUNCTION refuse('the key of a row never changes: insert a new row');
CREATE TRIGGER key_never_changes BEFORE UPDATE OF id ON predictions FOR EACH ROW WHEN (OLD.id <> NEW.id)
    EXECUTE FUNCTION refuse('the key of a row never changes: insert a new row');
CREATE TRIGGER key_never_changes BEFORE UPDATE OF id ON medical_reports FOR EACH ROW WHEN (OLD.id <> NEW.id)
    EXECUTE FUNCTION refuse('the key of a row never changes: insert a new row');
CREATE TRIGGER key_never_changes BEFORE UPDATE OF id ON consultations FOR EACH ROW WHEN (OLD.id <> NEW.id)
    EXECUTE FUNCTION refuse('the key of a row never changes: insert a new row');

-- TRUNCATE runs no trigger that could take back what was counted.
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON patients FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON doctor_patient_assignments FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consultations FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON mri_scans FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON predictions FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON medical_reports FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON patient_timeline FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON patient_statistics FOR EACH STATEMENT
    EXECUTE FUNCTION refuse('TRUNCATE would leave timeline and statistics wrong: use DELETE');

CREATE TRIGGER never_reopened BEFORE UPDATE ON doctor_patient_assignments FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL)
    EXECUTE FUNCTION refuse('an ended assignment is never reopened: insert a new row');
