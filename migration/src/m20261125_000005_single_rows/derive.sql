-- Planning was three quarters of the cost of a single row: its statements are planned once and kept, as lock_statistics
-- and refresh_…_events do under the settings of their caller. Two things would make a kept plan slow for ever:
--
--   many rows      are planned anew, for the arrays and table sizes of the moment;
--   small tables   are planned anew, because any index is good for them: what reads a whole index then, still would
--                  when they have grown. A plan is kept only once the source table is large, and never reads a table
--                  as a whole.

CREATE FUNCTION plan_for(rows int, source regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF rows > 1 OR pg_relation_size(source) < 1000000 THEN
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION lock_statistics(patients uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM patient_statistics WHERE patient_id = ANY (patients) ORDER BY patient_id FOR UPDATE;
END $$;

CREATE OR REPLACE FUNCTION derive_from_assignments() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
    -- The figure is over visits too, and there are more of them.
    PERFORM plan_for(cardinality(patients), 'consultations');
    PERFORM lock_statistics(patients);
    UPDATE patient_statistics s SET
        unique_doctors_count = t.unique_doctors_count,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION derive_from_consultations() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
    PERFORM plan_for(cardinality(sources), 'consultations');
    PERFORM lock_statistics(patients);
    PERFORM refresh_consultation_events(sources);
    UPDATE patient_statistics s SET
        total_consultations = t.total_consultations, first_visit_date = t.first_visit_date,
        last_visit_date = t.last_visit_date, unique_doctors_count = t.unique_doctors_count,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION derive_from_scans() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
    PERFORM plan_for(cardinality(sources), 'mri_scans');
    PERFORM lock_statistics(patients);
    PERFORM refresh_scan_events(sources);
    UPDATE patient_statistics s SET
        total_mri_scans = t.total_mri_scans, last_scan_date = t.last_scan_date,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION derive_from_predictions() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
    PERFORM plan_for(cardinality(sources), 'predictions');
    PERFORM lock_statistics(patients);
    PERFORM refresh_prediction_events(sources);
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
CREATE OR REPLACE FUNCTION derive_from_reports() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
    PERFORM plan_for(cardinality(sources), 'medical_reports');
    PERFORM lock_statistics(patients);
    PERFORM refresh_report_events(sources);
    UPDATE patient_statistics s SET
        total_reports = t.total_reports, last_report_date = t.last_report_date,
        released_reports = t.released_reports, last_released_report_date = t.last_released_report_date,
        trigger_writes = s.trigger_writes + 1, last_updated = now()
    FROM patient_statistics_truth t
    WHERE s.patient_id = ANY (patients) AND t.patient_id = s.patient_id;
    RETURN NULL;
END $$;

DROP FUNCTION refresh_timeline;
