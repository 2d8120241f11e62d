-- A request about something that is deleted cannot be fulfilled, and is not one about the whole record instead: also not
-- when somebody tries again.
CREATE TRIGGER predictions_delete_requests BEFORE DELETE ON predictions BEGIN
    UPDATE report_status SET
        status = 'failed', failure_cause = 'subject_deleted', next_attempt_at = NULL, lease_hash = NULL,
        leased_until = NULL, version = version + 1, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'),
        error_message = 'What the report was to be about was deleted. Request another one.'
    WHERE prediction_id = OLD.id AND status IN ('pending', 'generating', 'failed')
        AND failure_cause IS NOT 'subject_deleted';
END;

CREATE TRIGGER mri_scans_delete_requests BEFORE DELETE ON mri_scans BEGIN
    UPDATE report_status SET
        status = 'failed', failure_cause = 'subject_deleted', next_attempt_at = NULL, lease_hash = NULL,
        leased_until = NULL, version = version + 1, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'),
        error_message = 'What the report was to be about was deleted. Request another one.'
    WHERE mri_scan_id = OLD.id AND status IN ('pending', 'generating', 'failed')
        AND failure_cause IS NOT 'subject_deleted';
END;

-- A request that moves to another patient while it is worked on: what is being made is of the former one's record.
CREATE TRIGGER report_status_move_lease AFTER UPDATE OF patient_id ON report_status
WHEN NEW.patient_id <> OLD.patient_id AND NEW.status = 'generating' BEGIN
    UPDATE report_status SET lease_hash = NULL, leased_until = NULL, claimed_by = NULL WHERE id = NEW.id;
END;
