-- Keeps patient_statistics, one row at a time, without reading a patient's other rows: counts move by one, dates and
-- findings are seeks in an index, a doctor counts when no other row of the patient names the doctor.
--
-- An UPDATE takes the old row back and adds the new one, which is right for moves between patients as well. While a
-- patient is being deleted the cascade arrives here without a patient, and there is nothing to keep.

CREATE TRIGGER patients_insert_statistics AFTER INSERT ON patients BEGIN
    INSERT INTO patient_statistics (patient_id) VALUES (NEW.patient_id);
END;

CREATE TRIGGER doctor_patient_assignments_insert_statistics AFTER INSERT ON doctor_patient_assignments BEGIN
    UPDATE patient_statistics SET
        unique_doctors_count = unique_doctors_count + NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = NEW.patient_id AND d.doctor_id = NEW.doctor_id AND d.source_id <> NEW.id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

CREATE TRIGGER doctor_patient_assignments_delete_statistics AFTER DELETE ON doctor_patient_assignments BEGIN
    UPDATE patient_statistics SET
        unique_doctors_count = unique_doctors_count - NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = OLD.patient_id AND d.doctor_id = OLD.doctor_id AND d.source_id <> OLD.id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
END;

CREATE TRIGGER doctor_patient_assignments_update_statistics AFTER UPDATE OF
    patient_id, doctor_id
ON doctor_patient_assignments WHEN (OLD.patient_id, OLD.doctor_id)
    IS NOT (NEW.patient_id, NEW.doctor_id) BEGIN
    UPDATE patient_statistics SET
        unique_doctors_count = unique_doctors_count - NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = OLD.patient_id AND d.doctor_id = OLD.doctor_id AND d.source_id <> OLD.id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
    UPDATE patient_statistics SET
        unique_doctors_count = unique_doctors_count + NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = NEW.patient_id AND d.doctor_id = NEW.doctor_id AND d.source_id <> NEW.id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

CREATE TRIGGER consultations_insert_statistics AFTER INSERT ON consultations
WHEN NEW.status = 'completed' BEGIN
    UPDATE patient_statistics SET
        total_consultations = total_consultations + 1,
        unique_doctors_count = unique_doctors_count + NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = NEW.patient_id AND d.doctor_id = NEW.doctor_id AND d.source_id <> NEW.id),
        (first_visit_date, last_visit_date) = (
            SELECT t.first_visit_date, t.last_visit_date
            FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

CREATE TRIGGER consultations_delete_statistics AFTER DELETE ON consultations
WHEN OLD.status = 'completed' BEGIN
    UPDATE patient_statistics SET
        total_consultations = total_consultations - 1,
        unique_doctors_count = unique_doctors_count - NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = OLD.patient_id AND d.doctor_id = OLD.doctor_id AND d.source_id <> OLD.id),
        (first_visit_date, last_visit_date) = (
            SELECT t.first_visit_date, t.last_visit_date
            FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
END;

CREATE TRIGGER consultations_update_statistics AFTER UPDATE OF
    patient_id, doctor_id, consultation_date, status
ON consultations WHEN (OLD.patient_id, OLD.doctor_id, OLD.consultation_date, OLD.status)
    IS NOT (NEW.patient_id, NEW.doctor_id, NEW.consultation_date, NEW.status) BEGIN
    UPDATE patient_statistics SET
        total_consultations = total_consultations - 1,
        unique_doctors_count = unique_doctors_count - NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = OLD.patient_id AND d.doctor_id = OLD.doctor_id AND d.source_id <> OLD.id),
        (first_visit_date, last_visit_date) = (
            SELECT t.first_visit_date, t.last_visit_date
            FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id AND OLD.status = 'completed'
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
    UPDATE patient_statistics SET
        total_consultations = total_consultations + 1,
        unique_doctors_count = unique_doctors_count + NOT EXISTS (
            SELECT 1 FROM patient_doctors d
            WHERE d.patient_id = NEW.patient_id AND d.doctor_id = NEW.doctor_id AND d.source_id <> NEW.id),
        (first_visit_date, last_visit_date) = (
            SELECT t.first_visit_date, t.last_visit_date
            FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id AND NEW.status = 'completed'
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

CREATE TRIGGER mri_scans_insert_statistics AFTER INSERT ON mri_scans BEGIN
    UPDATE patient_statistics SET
        total_mri_scans = total_mri_scans + 1,
        last_scan_date = (
            SELECT t.last_scan_date FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

CREATE TRIGGER mri_scans_delete_statistics AFTER DELETE ON mri_scans BEGIN
    UPDATE patient_statistics SET
        total_mri_scans = total_mri_scans - 1,
        last_scan_date = (
            SELECT t.last_scan_date FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
END;

CREATE TRIGGER mri_scans_update_statistics AFTER UPDATE OF
    patient_id, acquired_at, upload_timestamp
ON mri_scans WHEN (OLD.patient_id, OLD.acquired_at, OLD.upload_timestamp)
    IS NOT (NEW.patient_id, NEW.acquired_at, NEW.upload_timestamp) BEGIN
    UPDATE patient_statistics SET
        total_mri_scans = total_mri_scans - 1,
        last_scan_date = (
            SELECT t.last_scan_date FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
    UPDATE patient_statistics SET
        total_mri_scans = total_mri_scans + 1,
        last_scan_date = (
            SELECT t.last_scan_date FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

CREATE TRIGGER predictions_insert_statistics AFTER INSERT ON predictions BEGIN
    UPDATE patient_statistics SET
        total_predictions = total_predictions + 1,
        released_predictions = released_predictions + (NEW.released_at IS NOT NULL),
        (disease_status, disease_stage, released_disease_status, released_disease_stage) = (
            SELECT t.disease_status, t.disease_stage, t.released_disease_status, t.released_disease_stage
            FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

CREATE TRIGGER predictions_delete_statistics AFTER DELETE ON predictions BEGIN
    UPDATE patient_statistics SET
        total_predictions = total_predictions - 1,
        released_predictions = released_predictions - (OLD.released_at IS NOT NULL),
        (disease_status, disease_stage, released_disease_status, released_disease_stage) = (
            SELECT t.disease_status, t.disease_stage, t.released_disease_status, t.released_disease_stage
            FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
END;

CREATE TRIGGER predictions_update_statistics AFTER UPDATE OF
    patient_id, binary_result, stage_result, created_at, released_at
ON predictions WHEN (OLD.patient_id, OLD.binary_result, OLD.stage_result, OLD.created_at, OLD.released_at)
    IS NOT (NEW.patient_id, NEW.binary_result, NEW.stage_result, NEW.created_at, NEW.released_at) BEGIN
    UPDATE patient_statistics SET
        total_predictions = total_predictions - 1,
        released_predictions = released_predictions - (OLD.released_at IS NOT NULL),
        (disease_status, disease_stage, released_disease_status, released_disease_stage) = (
            SELECT t.disease_status, t.disease_stage, t.released_disease_status, t.released_disease_stage
            FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
    UPDATE patient_statistics SET
        total_predictions = total_predictions + 1,
        released_predictions = released_predictions + (NEW.released_at IS NOT NULL),
        (disease_status, disease_stage, released_disease_status, released_disease_stage) = (
            SELECT t.disease_status, t.disease_stage, t.released_disease_status, t.released_disease_stage
            FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
END;

-- A revision takes the place of the report it supersedes, whosever that is. At most one row supersedes a report, so
-- one that names it takes its place, and one that stops naming it gives the place back.

CREATE TRIGGER medical_reports_insert_statistics AFTER INSERT ON medical_reports BEGIN
    UPDATE patient_statistics SET
        total_reports = total_reports + (NEW.status <> 'withdrawn' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = NEW.id)),
        released_reports = released_reports + (NEW.status = 'released' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = NEW.id AND n.status = 'released')),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
    UPDATE patient_statistics SET
        total_reports = total_reports - (
            SELECT e.status <> 'withdrawn' FROM medical_reports e WHERE e.id = NEW.supersedes_id),
        released_reports = released_reports - (
            SELECT e.status = 'released' AND NEW.status = 'released' FROM medical_reports e
            WHERE e.id = NEW.supersedes_id),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = patient_statistics.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = (SELECT e.patient_id FROM medical_reports e WHERE e.id = NEW.supersedes_id)
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = patient_statistics.patient_id);
END;

CREATE TRIGGER medical_reports_delete_statistics AFTER DELETE ON medical_reports BEGIN
    UPDATE patient_statistics SET
        total_reports = total_reports - (OLD.status <> 'withdrawn' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = OLD.id)),
        released_reports = released_reports - (OLD.status = 'released' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = OLD.id AND n.status = 'released')),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
    UPDATE patient_statistics SET
        total_reports = total_reports + (
            SELECT e.status <> 'withdrawn' FROM medical_reports e WHERE e.id = OLD.supersedes_id),
        released_reports = released_reports + (
            SELECT e.status = 'released' AND OLD.status = 'released' FROM medical_reports e
            WHERE e.id = OLD.supersedes_id),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = patient_statistics.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = (SELECT e.patient_id FROM medical_reports e WHERE e.id = OLD.supersedes_id)
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = patient_statistics.patient_id);
END;

CREATE TRIGGER medical_reports_update_statistics AFTER UPDATE OF
    patient_id, status, supersedes_id, created_at
ON medical_reports WHEN (OLD.patient_id, OLD.status, OLD.supersedes_id, OLD.created_at)
    IS NOT (NEW.patient_id, NEW.status, NEW.supersedes_id, NEW.created_at) BEGIN
    UPDATE patient_statistics SET
        total_reports = total_reports - (OLD.status <> 'withdrawn' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = OLD.id)),
        released_reports = released_reports - (OLD.status = 'released' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = OLD.id AND n.status = 'released')),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = OLD.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = OLD.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = OLD.patient_id);
    UPDATE patient_statistics SET
        total_reports = total_reports + (
            SELECT e.status <> 'withdrawn' FROM medical_reports e WHERE e.id = OLD.supersedes_id),
        released_reports = released_reports + (
            SELECT e.status = 'released' AND OLD.status = 'released' FROM medical_reports e
            WHERE e.id = OLD.supersedes_id),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = patient_statistics.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = (SELECT e.patient_id FROM medical_reports e WHERE e.id = OLD.supersedes_id)
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = patient_statistics.patient_id);
    UPDATE patient_statistics SET
        total_reports = total_reports + (NEW.status <> 'withdrawn' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = NEW.id)),
        released_reports = released_reports + (NEW.status = 'released' AND NOT EXISTS (
            SELECT 1 FROM medical_reports n WHERE n.supersedes_id = NEW.id AND n.status = 'released')),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = NEW.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = NEW.patient_id
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = NEW.patient_id);
    UPDATE patient_statistics SET
        total_reports = total_reports - (
            SELECT e.status <> 'withdrawn' FROM medical_reports e WHERE e.id = NEW.supersedes_id),
        released_reports = released_reports - (
            SELECT e.status = 'released' AND NEW.status = 'released' FROM medical_reports e
            WHERE e.id = NEW.supersedes_id),
        (last_report_date, last_released_report_date) = (
            SELECT t.last_report_date, t.last_released_report_date
            FROM patient_statistics_truth t WHERE t.patient_id = patient_statistics.patient_id),
        trigger_writes = trigger_writes + 1, last_updated = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
    WHERE patient_id = (SELECT e.patient_id FROM medical_reports e WHERE e.id = NEW.supersedes_id)
      AND EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = patient_statistics.patient_id);
END;
