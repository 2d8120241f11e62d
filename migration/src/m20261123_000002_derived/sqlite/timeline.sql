-- Keeps patient_timeline: after each changed source row, its events are what the view says.
--
-- UPDATE triggers name the columns an event is made of, so that other edits cost nothing.

CREATE TRIGGER mri_scans_insert_timeline AFTER INSERT ON mri_scans BEGIN
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM scan_events WHERE related_id = NEW.id;
END;

CREATE TRIGGER mri_scans_update_timeline AFTER UPDATE OF
    patient_id, session_id, original_filename, acquired_at, upload_timestamp
ON mri_scans BEGIN
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM scan_events WHERE related_id = NEW.id
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE (patient_id, event_date, event_title, event_description, doctor_id, session_id, severity, metadata,
           patient_visible)
        IS NOT (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
                excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata,
                excluded.patient_visible);
END;

CREATE TRIGGER mri_scans_delete_timeline AFTER DELETE ON mri_scans BEGIN
    DELETE FROM patient_timeline WHERE related_id = OLD.id AND related_table = 'mri_scans';
END;

CREATE TRIGGER predictions_insert_timeline AFTER INSERT ON predictions BEGIN
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM prediction_events WHERE related_id = NEW.id;
END;

CREATE TRIGGER predictions_update_timeline AFTER UPDATE OF
    patient_id, session_id, binary_result, stage_result, created_at, released_at
ON predictions BEGIN
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM prediction_events WHERE related_id = NEW.id
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE (patient_id, event_date, event_title, event_description, doctor_id, session_id, severity, metadata,
           patient_visible)
        IS NOT (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
                excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata,
                excluded.patient_visible);
END;

CREATE TRIGGER predictions_delete_timeline AFTER DELETE ON predictions BEGIN
    DELETE FROM patient_timeline WHERE related_id = OLD.id AND related_table = 'predictions';
END;

-- A revision also changes what the event of the report it supersedes says.
CREATE TRIGGER medical_reports_insert_timeline AFTER INSERT ON medical_reports BEGIN
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM report_events WHERE related_id IN (NEW.id, NEW.supersedes_id)
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE (patient_id, event_date, event_title, event_description, doctor_id, session_id, severity, metadata,
           patient_visible)
        IS NOT (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
                excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata,
                excluded.patient_visible);
END;

CREATE TRIGGER medical_reports_update_timeline AFTER UPDATE OF
    patient_id, session_id, title, content, status, revision, supersedes_id, created_at
ON medical_reports BEGIN
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM report_events WHERE related_id IN (NEW.id, OLD.supersedes_id, NEW.supersedes_id)
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE (patient_id, event_date, event_title, event_description, doctor_id, session_id, severity, metadata,
           patient_visible)
        IS NOT (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
                excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata,
                excluded.patient_visible);
END;

CREATE TRIGGER medical_reports_delete_timeline AFTER DELETE ON medical_reports BEGIN
    DELETE FROM patient_timeline WHERE related_id = OLD.id AND related_table = 'medical_reports';
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM report_events WHERE related_id = OLD.supersedes_id
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE (patient_id, event_date, event_title, event_description, doctor_id, session_id, severity, metadata,
           patient_visible)
        IS NOT (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
                excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata,
                excluded.patient_visible);
END;

CREATE TRIGGER consultations_insert_timeline AFTER INSERT ON consultations BEGIN
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM consultation_events WHERE related_id = NEW.id;
END;

CREATE TRIGGER consultations_update_timeline AFTER UPDATE OF
    patient_id, doctor_id, session_id, consultation_date, consultation_type, status,
    chief_complaint, diagnosis, prescription
ON consultations BEGIN
    DELETE FROM patient_timeline
    WHERE related_id = NEW.id AND related_table = 'consultations'
      AND id NOT IN (SELECT id FROM consultation_events WHERE related_id = NEW.id);
    INSERT INTO patient_timeline (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT * FROM consultation_events WHERE related_id = NEW.id
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE (patient_id, event_date, event_title, event_description, doctor_id, session_id, severity, metadata,
           patient_visible)
        IS NOT (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
                excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata,
                excluded.patient_visible);
END;

CREATE TRIGGER consultations_delete_timeline AFTER DELETE ON consultations BEGIN
    DELETE FROM patient_timeline WHERE related_id = OLD.id AND related_table = 'consultations';
END;
