-- A request about something that is deleted cannot be fulfilled, and is not one about the whole record instead: also not
-- when somebody tries again.
CREATE FUNCTION fail_requests() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    requests uuid[];
BEGIN
    -- Two statements, so that each finds its rows by an index.
    IF TG_TABLE_NAME = 'predictions' THEN
        requests := ARRAY(SELECT id FROM report_status WHERE prediction_id = OLD.id);
    ELSE
        requests := ARRAY(SELECT id FROM report_status WHERE mri_scan_id = OLD.id);
    END IF;
    UPDATE report_status SET
        status = 'failed', failure_cause = 'subject_deleted', next_attempt_at = NULL, lease_hash = NULL,
        leased_until = NULL, version = version + 1, updated_at = now(),
        error_message = 'What the report was to be about was deleted. Request another one.'
    -- Once: a row that was changed already is held to its references at once, and in a patient's deletion the patient is
    -- gone before the row is.
    WHERE id = ANY (requests) AND status IN ('pending', 'generating', 'failed')
        AND failure_cause IS DISTINCT FROM 'subject_deleted';
    RETURN OLD;
END $$;

CREATE TRIGGER predictions_delete_requests BEFORE DELETE ON predictions
FOR EACH ROW EXECUTE FUNCTION fail_requests();
CREATE TRIGGER mri_scans_delete_requests BEFORE DELETE ON mri_scans
FOR EACH ROW EXECUTE FUNCTION fail_requests();

-- A request that moves to another patient while it is worked on: what is being made is of the former one's record.
CREATE FUNCTION end_lease() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.lease_hash := NULL;
    NEW.leased_until := NULL;
    NEW.claimed_by := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER report_status_move_lease BEFORE UPDATE OF patient_id ON report_status
FOR EACH ROW WHEN (NEW.patient_id <> OLD.patient_id AND NEW.status = 'generating') EXECUTE FUNCTION end_lease();
