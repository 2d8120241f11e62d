-- What patient_timeline must hold of each source row, but for notes. A made event's id is its source's with the version
-- digit replaced by one per kind: scan 9, prediction a, report b, consultation c, diagnosis d, treatment e.

CREATE VIEW scan_events AS
SELECT overlay(s.id::text PLACING '9' FROM 15 FOR 1)::uuid AS id, s.patient_id, 'scan' AS event_type,
       COALESCE(s.acquired_at, s.upload_timestamp) AS event_date, 'MRI scan' AS event_title,
       substr(s.original_filename, 1, 200) AS event_description,
       'mri_scans' AS related_table, s.id AS related_id, NULL::uuid AS doctor_id, s.session_id,
       'info' AS severity, NULL::jsonb AS metadata, NULL::uuid AS author_id, true AS patient_visible
FROM mri_scans s;

CREATE VIEW prediction_events AS
SELECT overlay(a.id::text PLACING 'a' FROM 15 FOR 1)::uuid AS id, a.patient_id, 'prediction' AS event_type,
       a.created_at AS event_date,
       'Analysis: ' || replace(COALESCE(a.binary_result, 'unknown'), '_', ' ') AS event_title,
       CASE WHEN lower(a.stage_result) LIKE 'stage%' THEN a.stage_result ELSE 'Stage ' || a.stage_result END
           AS event_description,
       'predictions' AS related_table, a.id AS related_id, NULL::uuid AS doctor_id, a.session_id,
       CASE a.binary_result WHEN 'detected' THEN 'high' ELSE 'info' END AS severity,
       jsonb_build_object('released', a.released_at IS NOT NULL) AS metadata,
       NULL::uuid AS author_id, a.released_at IS NOT NULL AS patient_visible
FROM predictions a;

CREATE VIEW report_events AS
SELECT overlay(r.id::text PLACING 'b' FROM 15 FOR 1)::uuid AS id, r.patient_id, 'report' AS event_type,
       r.created_at AS event_date, r.title AS event_title, substr(r.content, 1, 200) AS event_description,
       'medical_reports' AS related_table, r.id AS related_id, NULL::uuid AS doctor_id, r.session_id,
       'info' AS severity,
       jsonb_build_object('status', r.status, 'revision', r.revision, 'superseded',
           EXISTS (SELECT 1 FROM medical_reports n WHERE n.supersedes_id = r.id)) AS metadata,
       NULL::uuid AS author_id, r.status = 'released' AS patient_visible
FROM medical_reports r;

CREATE VIEW consultation_events AS
SELECT overlay(c.id::text PLACING 'c' FROM 15 FOR 1)::uuid AS id, c.patient_id, 'consultation' AS event_type,
       c.consultation_date AS event_date, 'Visit: ' || COALESCE(c.consultation_type, 'unknown') AS event_title,
       substr(c.chief_complaint, 1, 200) AS event_description,
       'consultations' AS related_table, c.id AS related_id, c.doctor_id, c.session_id,
       CASE c.consultation_type WHEN 'emergency' THEN 'high' ELSE 'info' END AS severity,
       jsonb_build_object('status', c.status) AS metadata, NULL::uuid AS author_id, true AS patient_visible
FROM consultations c
WHERE c.status <> 'scheduled'
UNION ALL
SELECT overlay(c.id::text PLACING 'd' FROM 15 FOR 1)::uuid, c.patient_id, 'diagnosis',
       c.consultation_date, 'Diagnosis', substr(c.diagnosis, 1, 200),
       'consultations', c.id, c.doctor_id, c.session_id, 'medium', NULL::jsonb, NULL::uuid, true
FROM consultations c
WHERE c.status = 'completed' AND trim(c.diagnosis, E' \t\n\r') <> ''
UNION ALL
SELECT overlay(c.id::text PLACING 'e' FROM 15 FOR 1)::uuid, c.patient_id, 'treatment',
       c.consultation_date, 'Treatment', substr(c.prescription, 1, 200),
       'consultations', c.id, c.doctor_id, c.session_id, 'info', NULL::jsonb, NULL::uuid, true
FROM consultations c
WHERE c.status = 'completed' AND trim(c.prescription, E' \t\n\r') <> '';

-- What patient_timeline must hold, notes aside.
CREATE VIEW patient_timeline_truth AS
SELECT * FROM scan_events
UNION ALL
SELECT * FROM prediction_events
UNION ALL
SELECT * FROM report_events
UNION ALL
SELECT * FROM consultation_events;
