-- Keeps patient_statistics and patient_timeline. Each statement on a source table, whatever its size, runs one function
-- once per kind of event. The order inside each is what makes it right under concurrency:
--
--   1. lock the statistics rows of the patients concerned, in the order of their keys;
--   2. recompute in a LATER statement, whose snapshot sees what the previous holder of the lock committed;
--   3. always write the row, so that a transaction with an older snapshot fails instead of overwriting.
--
-- Statistics rows are made by the trigger on patients alone: an insert from elsewhere would make a patient's deletion
-- fail.
--
-- Every statement is planned for the arrays and table sizes of the moment (custom plans, about a millisecond). A plan
-- kept from when the tables were small reads a whole index per row once they are large: a bulk insert after a single
-- one took minutes.

CREATE FUNCTION lock_statistics(patients uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM 1 FROM patient_statistics WHERE patient_id = ANY (patients) ORDER BY patient_id FOR UPDATE;
END $$;

CREATE FUNCTION refresh_timeline(source text, sources uuid[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- OFFSET 0 keeps the sub-select one look-up per event; as a join it might read whole tables.
    DELETE FROM patient_timeline t
    WHERE t.related_id = ANY (sources) AND t.related_table = source AND NOT EXISTS (
        SELECT 1 FROM patient_timeline_truth e
        WHERE e.related_table = source AND e.related_id = t.related_id AND e.event_type = t.event_type OFFSET 0);

    INSERT INTO patient_timeline AS t (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT e.* FROM patient_timeline_truth e WHERE e.related_table = source AND e.related_id = ANY (sources)
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = now()
    WHERE (t.patient_id, t.event_date, t.event_title, t.event_description, t.doctor_id, t.session_id, t.severity,
           t.metadata, t.patient_visible)
        IS DISTINCT FROM
          (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
           excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata, excluded.patient_visible);
END $$;

CREATE FUNCTION derive_from_patients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO patient_statistics (patient_id) SELECT patient_id FROM added;
    RETURN NULL;
END $$;

CREATE FUNCTION derive_from_assignments() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    patients uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        patients := ARRAY(SELECT DISTINCT patient_id FROM added);
    ELSIF TG_OP = 'DELETE' THEN
        patients := ARRAY(SELECT DISTINCT patient_id FROM removed);
    ELSE
        patients := ARRAY(SELECT patient_id FROM removed UNION SELECT patient_id FROM added);
    END IF;
    PERFORM lock_statistics(patients);
    UPDATE patient_statistics s SET
        unique_doctors_count = t.unique_doctors_count,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

CREATE FUNCTION derive_from_consultations() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    sources uuid[];
    patients uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id), array_agg(DISTINCT patient_id) INTO sources, patients FROM added;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(id), array_agg(DISTINCT patient_id) INTO sources, patients FROM removed;
    ELSE
        SELECT array_agg(DISTINCT id), array_agg(DISTINCT patient_id) INTO sources, patients
        FROM (SELECT id, patient_id FROM removed UNION SELECT id, patient_id FROM added) changed;
    END IF;
    PERFORM lock_statistics(patients);
    PERFORM refresh_timeline('consultations', sources);
    UPDATE patient_statistics s SET
        total_consultations = t.total_consultations, first_visit_date = t.first_visit_date,
        last_visit_date = t.last_visit_date, unique_doctors_count = t.unique_doctors_count,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

CREATE FUNCTION derive_from_scans() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    sources uuid[];
    patients uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id), array_agg(DISTINCT patient_id) INTO sources, patients FROM added;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(id), array_agg(DISTINCT patient_id) INTO sources, patients FROM removed;
    ELSE
        SELECT array_agg(DISTINCT id), array_agg(DISTINCT patient_id) INTO sources, patients
        FROM (SELECT id, patient_id FROM removed UNION SELECT id, patient_id FROM added) changed;
    END IF;
    PERFORM lock_statistics(patients);
    PERFORM refresh_timeline('mri_scans', sources);
    UPDATE patient_statistics s SET
        total_mri_scans = t.total_mri_scans, last_scan_date = t.last_scan_date,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

CREATE FUNCTION derive_from_predictions() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    sources uuid[];
    patients uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id), array_agg(DISTINCT patient_id) INTO sources, patients FROM added;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(id), array_agg(DISTINCT patient_id) INTO sources, patients FROM removed;
    ELSE
        SELECT array_agg(DISTINCT id), array_agg(DISTINCT patient_id) INTO sources, patients
        FROM (SELECT id, patient_id FROM removed UNION SELECT id, patient_id FROM added) changed;
    END IF;
    PERFORM lock_statistics(patients);
    PERFORM refresh_timeline('predictions', sources);
    UPDATE patient_statistics s SET
        total_predictions = t.total_predictions, disease_status = t.disease_status, disease_stage = t.disease_stage,
        released_predictions = t.released_predictions, released_disease_status = t.released_disease_status,
        released_disease_stage = t.released_disease_stage,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

-- A revision also decides how the report it supersedes stands, whosever that is. The foreign key holds that report in
-- place while this runs, so its patient is the one read here.
CREATE FUNCTION derive_from_reports() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    sources uuid[];
    superseded uuid[];
    patients uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id), array_agg(supersedes_id), array_agg(DISTINCT patient_id)
        INTO sources, superseded, patients FROM added;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(id), array_agg(supersedes_id), array_agg(DISTINCT patient_id)
        INTO sources, superseded, patients FROM removed;
    ELSE
        SELECT array_agg(DISTINCT id), array_agg(DISTINCT supersedes_id), array_agg(DISTINCT patient_id)
        INTO sources, superseded, patients
        FROM (SELECT id, supersedes_id, patient_id FROM removed
              UNION SELECT id, supersedes_id, patient_id FROM added) changed;
    END IF;
    superseded := array_remove(superseded, NULL);
    sources := sources || superseded;
    patients := patients || ARRAY(SELECT r.patient_id FROM medical_reports r WHERE r.id = ANY (superseded));
    PERFORM lock_statistics(patients);
    PERFORM refresh_timeline('medical_reports', sources);
    UPDATE patient_statistics s SET
        total_reports = t.total_reports, last_report_date = t.last_report_date,
        released_reports = t.released_reports, last_released_report_date = t.last_released_report_date,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

CREATE TRIGGER derive_after_insert AFTER INSERT ON patients REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION derive_from_patients();

CREATE TRIGGER derive_after_insert AFTER INSERT ON doctor_patient_assignments
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_assignments();
CREATE TRIGGER derive_after_update AFTER UPDATE ON doctor_patient_assignments
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_assignments();
CREATE TRIGGER derive_after_delete AFTER DELETE ON doctor_patient_assignments
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION derive_from_assignments();

CREATE TRIGGER derive_after_insert AFTER INSERT ON consultations
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_consultations();
CREATE TRIGGER derive_after_update AFTER UPDATE ON consultations
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_consultations();
CREATE TRIGGER derive_after_delete AFTER DELETE ON consultations
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION derive_from_consultations();

CREATE TRIGGER derive_after_insert AFTER INSERT ON mri_scans
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_scans();
CREATE TRIGGER derive_after_update AFTER UPDATE ON mri_scans
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_scans();
CREATE TRIGGER derive_after_delete AFTER DELETE ON mri_scans
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION derive_from_scans();

CREATE TRIGGER derive_after_insert AFTER INSERT ON predictions
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_predictions();
CREATE TRIGGER derive_after_update AFTER UPDATE ON predictions
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_predictions();
CREATE TRIGGER derive_after_delete AFTER DELETE ON predictions
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION derive_from_predictions();

CREATE TRIGGER derive_after_insert AFTER INSERT ON medical_reports
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_reports();
CREATE TRIGGER derive_after_update AFTER UPDATE ON medical_reports
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION derive_from_reports();
CREATE TRIGGER derive_after_delete AFTER DELETE ON medical_reports
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION derive_from_reports();
