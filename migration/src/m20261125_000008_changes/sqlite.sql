-- Writes the log of changes, row by row. There is one writer at a time: numbers are in the order of commits, and tx is 0.

CREATE TRIGGER patient_timeline_insert_changes AFTER INSERT ON patient_timeline BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    VALUES ('timeline', NEW.id, NEW.patient_id, 'added', 0, NEW.patient_visible);
END;

-- A change of what patients do not read (session_id) is nothing to them: the row is shown neither before nor after.
CREATE TRIGGER patient_timeline_update_changes AFTER UPDATE ON patient_timeline
WHEN NEW.id = OLD.id AND NEW.patient_id = OLD.patient_id
    AND (NEW.event_type, NEW.event_date, NEW.event_title, NEW.event_description, NEW.doctor_id, NEW.severity,
         NEW.metadata, NEW.author_id, NEW.patient_visible, NEW.related_table, NEW.related_id, NEW.session_id)
        IS NOT
        (OLD.event_type, OLD.event_date, OLD.event_title, OLD.event_description, OLD.doctor_id, OLD.severity,
         OLD.metadata, OLD.author_id, OLD.patient_visible, OLD.related_table, OLD.related_id, OLD.session_id)
BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    SELECT 'timeline', NEW.id, NEW.patient_id, 'changed', OLD.patient_visible AND noticed, NEW.patient_visible AND noticed
    FROM (SELECT (NEW.event_type, NEW.event_date, NEW.event_title, NEW.event_description, NEW.doctor_id, NEW.severity,
             NEW.metadata, NEW.author_id, NEW.patient_visible, NEW.related_table, NEW.related_id)
            IS NOT
            (OLD.event_type, OLD.event_date, OLD.event_title, OLD.event_description, OLD.doctor_id, OLD.severity,
             OLD.metadata, OLD.author_id, OLD.patient_visible, OLD.related_table, OLD.related_id) AS noticed);
END;

CREATE TRIGGER patient_timeline_move_changes AFTER UPDATE ON patient_timeline
WHEN NEW.id <> OLD.id OR NEW.patient_id <> OLD.patient_id
BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    VALUES ('timeline', OLD.id, OLD.patient_id, 'removed', OLD.patient_visible, 0),
           ('timeline', NEW.id, NEW.patient_id, 'added', 0, NEW.patient_visible);
END;

CREATE TRIGGER patient_timeline_delete_changes AFTER DELETE ON patient_timeline BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    VALUES ('timeline', OLD.id, OLD.patient_id, 'removed', OLD.patient_visible, 0);
END;

CREATE TRIGGER report_status_insert_changes AFTER INSERT ON report_status BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    VALUES ('request', NEW.id, NEW.patient_id, 'added', 0, 1);
END;

-- Of requests, patients do not read session_id, error_message and metadata.
CREATE TRIGGER report_status_update_changes AFTER UPDATE ON report_status
WHEN NEW.id = OLD.id AND NEW.patient_id = OLD.patient_id
    AND (NEW.report_id, NEW.prediction_id, NEW.mri_scan_id, NEW.status, NEW.report_type, NEW.priority,
         NEW.requested_by, NEW.requested_at, NEW.generated_at, NEW.retry_count, NEW.next_attempt_at, NEW.session_id,
         NEW.error_message, NEW.metadata)
        IS NOT
        (OLD.report_id, OLD.prediction_id, OLD.mri_scan_id, OLD.status, OLD.report_type, OLD.priority,
         OLD.requested_by, OLD.requested_at, OLD.generated_at, OLD.retry_count, OLD.next_attempt_at, OLD.session_id,
         OLD.error_message, OLD.metadata)
BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    SELECT 'request', NEW.id, NEW.patient_id, 'changed', noticed, noticed
    FROM (SELECT (NEW.report_id, NEW.prediction_id, NEW.mri_scan_id, NEW.status, NEW.report_type, NEW.priority,
             NEW.requested_by, NEW.requested_at, NEW.generated_at, NEW.retry_count, NEW.next_attempt_at)
            IS NOT
            (OLD.report_id, OLD.prediction_id, OLD.mri_scan_id, OLD.status, OLD.report_type, OLD.priority,
             OLD.requested_by, OLD.requested_at, OLD.generated_at, OLD.retry_count, OLD.next_attempt_at) AS noticed);
END;

CREATE TRIGGER report_status_move_changes AFTER UPDATE ON report_status
WHEN NEW.id <> OLD.id OR NEW.patient_id <> OLD.patient_id
BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    VALUES ('request', OLD.id, OLD.patient_id, 'removed', 1, 0),
           ('request', NEW.id, NEW.patient_id, 'added', 0, 1);
END;

CREATE TRIGGER report_status_delete_changes AFTER DELETE ON report_status BEGIN
    INSERT INTO changes (about, row_key, patient_id, what, shown_before, shown_after)
    VALUES ('request', OLD.id, OLD.patient_id, 'removed', 1, 0);
END;
