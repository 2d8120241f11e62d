-- What the database writes into the record itself.

-- A plain INSERT may leave name_folded out; SQLite folds ASCII only, the server NFKC and every script.
CREATE TRIGGER patients_fold_name AFTER INSERT ON patients WHEN NEW.name_folded = '' BEGIN
    UPDATE patients SET name_folded = lower(NEW.name) WHERE patient_id = NEW.patient_id;
END;

CREATE TRIGGER doctors_fold_name AFTER INSERT ON doctors WHEN NEW.name_folded = '' BEGIN
    UPDATE doctors SET name_folded = lower(NEW.name) WHERE doctor_id = NEW.doctor_id;
END;

-- What a completed visit said before it was corrected. Its key is of version 7: 48 bits of Unix milliseconds before
-- the random rest.
CREATE TRIGGER consultations_keep_revision AFTER UPDATE ON consultations
WHEN OLD.status = 'completed'
    AND (OLD.diagnosis, OLD.prescription, OLD.notes, OLD.consultation_date, OLD.status)
        IS NOT (NEW.diagnosis, NEW.prescription, NEW.notes, NEW.consultation_date, NEW.status)
BEGIN
    INSERT INTO consultation_revisions (
        id, consultation_id, patient_id, doctor_id, consultation_date, consultation_type, status, chief_complaint,
        diagnosis, prescription, notes, next_visit_date, duration_minutes, fee_charged_cents, consultation_version,
        reason, changed_by)
    SELECT
        substr(k.time, 1, 8) || '-' || substr(k.time, 9) || '-7' || substr(k.rest, 1, 3) || '-'
            || substr('89ab', 1 + (random() & 3), 1) || substr(k.rest, 4, 3) || '-' || substr(k.rest, 7, 12),
        NEW.id, NEW.patient_id, OLD.doctor_id, OLD.consultation_date, OLD.consultation_type, OLD.status,
        OLD.chief_complaint, OLD.diagnosis, OLD.prescription, OLD.notes, OLD.next_visit_date, OLD.duration_minutes,
        OLD.fee_charged_cents, OLD.version,
        CASE WHEN NEW.corrected_at IS NOT OLD.corrected_at THEN NEW.correction_reason END,
        CASE WHEN NEW.corrected_at IS NOT OLD.corrected_at THEN NEW.corrected_by END
    FROM (
        SELECT printf('%012x', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) AS time,
               lower(hex(randomblob(9))) AS rest
    ) k;
END;
