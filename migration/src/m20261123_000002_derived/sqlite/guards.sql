-- What must not happen is refused, with the same words as on PostgreSQL.

-- A statistics row may be inserted as what it must be, and deleted without its patient; an UPDATE is a trigger's, which
-- counts its writes.
CREATE TRIGGER patient_statistics_insert_kept BEFORE INSERT ON patient_statistics
WHEN NOT EXISTS (
    SELECT 1 FROM patient_statistics_truth t
    WHERE t.patient_id = NEW.patient_id
        AND t.total_consultations IS NEW.total_consultations
        AND t.total_mri_scans IS NEW.total_mri_scans
        AND t.total_predictions IS NEW.total_predictions
        AND t.total_reports IS NEW.total_reports
        AND t.unique_doctors_count IS NEW.unique_doctors_count
        AND t.first_visit_date IS NEW.first_visit_date
        AND t.last_visit_date IS NEW.last_visit_date
        AND t.last_scan_date IS NEW.last_scan_date
        AND t.last_report_date IS NEW.last_report_date
        AND t.disease_status IS NEW.disease_status
        AND t.disease_stage IS NEW.disease_stage
        AND t.released_predictions IS NEW.released_predictions
        AND t.released_reports IS NEW.released_reports
        AND t.last_released_report_date IS NEW.last_released_report_date
        AND t.released_disease_status IS NEW.released_disease_status
        AND t.released_disease_stage IS NEW.released_disease_stage)
BEGIN
    SELECT RAISE(ABORT,
        'patient_statistics is kept by the database: change the rows it counts, or run patientgraph verify --repair');
END;

CREATE TRIGGER patient_statistics_update_kept BEFORE UPDATE ON patient_statistics
WHEN NEW.trigger_writes IS NOT OLD.trigger_writes + 1 OR NEW.patient_id <> OLD.patient_id
BEGIN
    SELECT RAISE(ABORT,
        'patient_statistics is kept by the database: change the rows it counts, or run patientgraph verify --repair');
END;

CREATE TRIGGER patient_statistics_delete_kept BEFORE DELETE ON patient_statistics
WHEN EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT,
        'patient_statistics is kept by the database: change the rows it counts, or run patientgraph verify --repair');
END;

-- A made event may only be written as what it must be, and deleted when it must not be.
CREATE TRIGGER patient_timeline_insert_kept BEFORE INSERT ON patient_timeline
WHEN NEW.related_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM patient_timeline_truth t
    WHERE t.related_table = NEW.related_table AND t.related_id = NEW.related_id
        AND t.id IS NEW.id
        AND t.patient_id IS NEW.patient_id
        AND t.event_type IS NEW.event_type
        AND t.event_date IS NEW.event_date
        AND t.event_title IS NEW.event_title
        AND t.event_description IS NEW.event_description
        AND t.doctor_id IS NEW.doctor_id
        AND t.session_id IS NEW.session_id
        AND t.severity IS NEW.severity
        AND t.metadata IS NEW.metadata
        AND t.author_id IS NEW.author_id
        AND t.patient_visible IS NEW.patient_visible)
BEGIN
    SELECT RAISE(ABORT,
        'made events are kept by the database: change the source row, or run patientgraph verify --repair');
END;

CREATE TRIGGER patient_timeline_update_kept BEFORE UPDATE ON patient_timeline
WHEN NEW.related_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM patient_timeline_truth t
    WHERE t.related_table = NEW.related_table AND t.related_id = NEW.related_id
        AND t.id IS NEW.id
        AND t.patient_id IS NEW.patient_id
        AND t.event_type IS NEW.event_type
        AND t.event_date IS NEW.event_date
        AND t.event_title IS NEW.event_title
        AND t.event_description IS NEW.event_description
        AND t.doctor_id IS NEW.doctor_id
        AND t.session_id IS NEW.session_id
        AND t.severity IS NEW.severity
        AND t.metadata IS NEW.metadata
        AND t.author_id IS NEW.author_id
        AND t.patient_visible IS NEW.patient_visible)
BEGIN
    SELECT RAISE(ABORT,
        'made events are kept by the database: change the source row, or run patientgraph verify --repair');
END;

CREATE TRIGGER patient_timeline_replace_kept BEFORE UPDATE ON patient_timeline
WHEN OLD.related_id IS NOT NULL AND OLD.id IS NOT NEW.id OR OLD.related_id IS NOT NULL AND NEW.related_id IS NULL
BEGIN
    SELECT RAISE(ABORT,
        'made events are kept by the database: change the source row, or run patientgraph verify --repair');
END;

CREATE TRIGGER patient_timeline_delete_kept BEFORE DELETE ON patient_timeline
WHEN OLD.related_id IS NOT NULL
    AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id)
    AND EXISTS (
        SELECT 1 FROM patient_timeline_truth t
        WHERE t.related_table = OLD.related_table AND t.related_id = OLD.related_id AND t.id = OLD.id)
BEGIN
    SELECT RAISE(ABORT,
        'made events are kept by the database: change the source row, or run patientgraph verify --repair');
END;

-- Timeline and statistics refer to these rows by their keys.
CREATE TRIGGER sessions_key_never_changes BEFORE UPDATE OF id ON sessions WHEN OLD.id <> NEW.id
BEGIN
    SELECT RAISE(ABORT, 'the key of a row never changes: insert a new row');
END;

CREATE TRIGGER mri_scans_key_never_changes BEFORE UPDATE OF id ON mri_scans WHEN OLD.id <> NEW.id
BEGIN
    SELECT RAISE(ABORT, 'the key of a row never changes: insert a new row');
END;

CREATE TRIGGER predictions_key_never_changes BEFORE UPDATE OF id ON predictions WHEN OLD.id <> NEW.id
BEGIN
    SELECT RAISE(ABORT, 'the key of a row never changes: insert a new row');
END;

CREATE TRIGGER medical_reports_key_never_changes BEFORE UPDATE OF id ON medical_reports WHEN OLD.id <> NEW.id
BEGIN
    SELECT RAISE(ABORT, 'the key of a row never changes: insert a new row');
END;

CREATE TRIGGER consultations_key_never_changes BEFORE UPDATE OF id ON consultations WHEN OLD.id <> NEW.id
BEGIN
    SELECT RAISE(ABORT, 'the key of a row never changes: insert a new row');
END;

CREATE TRIGGER doctor_patient_assignments_never_reopened BEFORE UPDATE ON doctor_patient_assignments
WHEN OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL
BEGIN
    SELECT RAISE(ABORT, 'an ended assignment is never reopened: insert a new row');
END;
