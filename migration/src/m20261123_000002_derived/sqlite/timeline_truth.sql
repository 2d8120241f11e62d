-- What patient_timeline must hold of each source row, but for notes. A made event's id is its source's with the version
-- digit replaced by one per kind: scan 9, prediction a, report b, consultation c, diagnosis d, treatment e.

CREATE VIEW scan_events AS
SELECT substr(s.id, 1, 14) || '9' || substr(s.id, 16) AS id, s.patient_id, 'scan' AS event_type,
       COALESCE(s.acquired_at, s.upload_timestamp) AS event_date, 'MRI scan' AS event_title,
       substr(s.original_filename, 1, 200) AS event_description,
       'mri_scans' AS related_table, s.id AS related_id, NULL AS doctor_id, s.session_id,
       'info' AS severity, NULL AS metadata, NULL AS author_id, 1 AS patient_visible
FROM mri_scans s;

CREATE VIEW prediction_events AS
SELECT substr(a.id, 1, 14) || 'a' || substr(a.id, 16) AS id, a.patient_id, 'prediction' AS event_type,
       a.created_at AS event_date,
       'Analysis: ' || replace(COALESCE(a.binary_result, 'unknown'), '_', ' ') AS event_title,
       CASE WHEN lower(a.stage_result) LIKE 'stage%' THEN a.stage_result ELSE 'Stage ' || a.stage_result END
           AS event_description,
       'predictions' AS related_table, a.id AS related_id, NULL AS doctor_id, a.session_id,
       CASE a.binary_result WHEN 'detected' THEN 'high' ELSE 'info' END AS severity,
       json_object('released', json(CASE WHEN a.released_at IS NULL THEN 'false' ELSE 'true' END)) AS metadata,
       NULL AS author_id, a.released_at IS NOT NULL AS patient_visible
FROM predictions a;

CREATE VIEW report_events AS
SELECT substr(r.id, 1, 14) || 'b' || substr(r.id, 16) AS id, r.patient_id, 'report' AS event_type,
       r.created_at AS event_date, r.title AS event_title, substr(r.content, 1, 200) AS event_description,
       'medical_reports' AS related_table, r.id AS related_id, NULL AS doctor_id, r.session_id,
       'info' AS severity,
       json_object('status', r.status, 'revision', r.revision, 'superseded', json(CASE
           WHEN EXISTS (SELECT 1 FROM medical_reports n WHERE n.supersedes_id = r.id)
           THEN 'true' ELSE 'false' END)) AS metadata,
       NULL AS author_id, r.status = 'released' AS patient_visible
FROM medical_reports r;

CREATE VIEW consultation_events AS
SELECT substr(c.id, 1, 14) || 'c' || substr(c.id, 16) AS id, c.patient_id, 'consultation' AS event_type,
       c.consultation_date AS event_date, 'Visit: ' || COALESCE(c.consultation_type, 'unknown') AS event_title,
       substr(c.chief_complaint, 1, 200) AS event_description,
       'consultations' AS related_table, c.id AS related_id, c.doctor_id, c.session_id,
       CASE c.consultation_type WHEN 'emergency' THEN 'high' ELSE 'info' END AS severity,
       json_object('status', c.status) AS metadata, NULL AS author_id, 1 AS patient_visible
FROM consultations c
WHERE c.status <> 'scheduled'
UNION ALL
SELECT substr(c.id, 1, 14) || 'd' || substr(c.id, 16), c.patient_id, 'diagnosis',
       c.consultation_date, 'Diagnosis', substr(c.diagnosis, 1, 200),
       'consultations', c.id, c.doctor_id, c.session_id, 'medium', NULL, NULL, 1
FROM consultations c
WHERE c.status = 'completed' AND trim(c.diagnosis, char(32, 9, 10, 13)) <> ''
UNION ALL
SELECT substr(c.id, 1, 14) || 'e' || substr(c.id, 16), c.patient_id, 'treatment',
       c.consultation_date, 'Treatment', substr(c.prescription, 1, 200),
       'consultations', c.id, c.doctor_id, c.session_id, 'info', NULL, NULL, 1
FROM consultations c
WHERE c.status = 'completed' AND trim(c.prescription, char(32, 9, 10, 13)) <> '';

-- What patient_timeline must hold, notes aside.
CREATE VIEW patient_timeline_truth AS
SELECT * FROM scan_events
UNION ALL
SELECT * FROM prediction_events
UNION ALL
SELECT * FROM report_events
UNION ALL
SELECT * FROM consultation_events;
