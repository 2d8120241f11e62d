-- What patient_statistics must hold, recomputed from the base tables. The same text on both databases.
--
-- Every figure is a sub-select of its own, so a trigger that asks for three of them computes those three; every date
-- and finding is one seek in an index below or beside its table.

CREATE INDEX consultations_completed_visit_idx ON consultations (patient_id, consultation_date)
    WHERE status = 'completed';
CREATE INDEX consultations_completed_doctor_idx ON consultations (patient_id, doctor_id, id)
    WHERE status = 'completed';
CREATE INDEX predictions_finding_idx ON predictions (patient_id, created_at, id)
    WHERE binary_result IN ('detected', 'not_detected');
CREATE INDEX predictions_released_finding_idx ON predictions (patient_id, created_at, id)
    WHERE binary_result IN ('detected', 'not_detected') AND released_at IS NOT NULL;

-- Each row that makes a doctor one of a patient's doctors.
CREATE VIEW patient_doctors AS
SELECT patient_id, doctor_id, id AS source_id FROM doctor_patient_assignments
UNION ALL
SELECT patient_id, doctor_id, id AS source_id FROM consultations WHERE status = 'completed';

-- Whether a report counts: for staff, who see every revision, and for the patient, who sees the released ones.
CREATE VIEW report_standing AS
SELECT r.id, r.patient_id, r.created_at,
       r.status <> 'withdrawn'
           AND NOT EXISTS (SELECT 1 FROM medical_reports n WHERE n.supersedes_id = r.id) AS counts,
       r.status = 'released'
           AND NOT EXISTS (SELECT 1 FROM medical_reports n WHERE n.supersedes_id = r.id AND n.status = 'released')
           AS counts_released
FROM medical_reports r;

CREATE VIEW patient_statistics_truth AS
SELECT
    p.patient_id,
    (SELECT count(*) FROM consultations c WHERE c.patient_id = p.patient_id AND c.status = 'completed')
        AS total_consultations,
    (SELECT count(*) FROM mri_scans s WHERE s.patient_id = p.patient_id) AS total_mri_scans,
    (SELECT count(*) FROM predictions a WHERE a.patient_id = p.patient_id) AS total_predictions,
    (SELECT count(*) FROM report_standing r WHERE r.patient_id = p.patient_id AND r.counts) AS total_reports,
    (SELECT count(DISTINCT d.doctor_id) FROM patient_doctors d WHERE d.patient_id = p.patient_id)
        AS unique_doctors_count,
    (SELECT min(c.consultation_date) FROM consultations c
     WHERE c.patient_id = p.patient_id AND c.status = 'completed') AS first_visit_date,
    (SELECT max(c.consultation_date) FROM consultations c
     WHERE c.patient_id = p.patient_id AND c.status = 'completed') AS last_visit_date,
    (SELECT COALESCE(s.acquired_at, s.upload_timestamp) FROM mri_scans s
     WHERE s.patient_id = p.patient_id
     ORDER BY COALESCE(s.acquired_at, s.upload_timestamp) DESC LIMIT 1) AS last_scan_date,
    (SELECT r.created_at FROM report_standing r
     WHERE r.patient_id = p.patient_id AND r.counts
     ORDER BY r.created_at DESC LIMIT 1) AS last_report_date,
    COALESCE(
        (SELECT a.binary_result FROM predictions a
         WHERE a.patient_id = p.patient_id AND a.binary_result IN ('detected', 'not_detected')
         ORDER BY a.created_at DESC, a.id DESC LIMIT 1),
        'unknown') AS disease_status,
    (SELECT CASE a.binary_result WHEN 'detected' THEN a.stage_result END FROM predictions a
     WHERE a.patient_id = p.patient_id AND a.binary_result IN ('detected', 'not_detected')
     ORDER BY a.created_at DESC, a.id DESC LIMIT 1) AS disease_stage,
    (SELECT count(*) FROM predictions a WHERE a.patient_id = p.patient_id AND a.released_at IS NOT NULL)
        AS released_predictions,
    (SELECT count(*) FROM report_standing r WHERE r.patient_id = p.patient_id AND r.counts_released)
        AS released_reports,
    (SELECT r.created_at FROM report_standing r
     WHERE r.patient_id = p.patient_id AND r.counts_released
     ORDER BY r.created_at DESC LIMIT 1) AS last_released_report_date,
    COALESCE(
        (SELECT a.binary_result FROM predictions a
         WHERE a.patient_id = p.patient_id AND a.binary_result IN ('detected', 'not_detected')
           AND a.released_at IS NOT NULL
         ORDER BY a.created_at DESC, a.id DESC LIMIT 1),
        'unknown') AS released_disease_status,
    (SELECT CASE a.binary_result WHEN 'detected' THEN a.stage_result END FROM predictions a
     WHERE a.patient_id = p.patient_id AND a.binary_result IN ('detected', 'not_detected')
       AND a.released_at IS NOT NULL
     ORDER BY a.created_at DESC, a.id DESC LIMIT 1) AS released_disease_stage
FROM patients p;
