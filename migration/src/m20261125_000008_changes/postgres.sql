-- Writes the log of changes, one function per table, once per statement that changes rows.
--
-- Readers follow the log in the order of (tx, number), and a row is read once no transaction as old as its tx can still
-- run. So a transaction that commits late is never passed by. Between two changes of the same row the later one must come
-- later, also where it is the older transaction's: then it takes the newest tx that the log has. That one is committed,
-- since it is seen; and nobody has read it yet, since this older one still runs.

CREATE FUNCTION next_tx_of_changes() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT GREATEST(pg_current_xact_id()::text::bigint, (SELECT max(tx) FROM changes))
$$;

-- A change of what patients do not read (session_id) is nothing to them: then the row is shown neither before nor after.
CREATE FUNCTION log_timeline() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next_tx bigint := next_tx_of_changes();
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (tx, about, row_key, patient_id, what, shown_before, shown_after)
        SELECT next_tx, 'timeline', id, patient_id, 'added', false, patient_visible FROM added;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO changes (tx, about, row_key, patient_id, what, shown_before, shown_after)
        SELECT next_tx, 'timeline', id, patient_id, 'removed', patient_visible, false FROM removed;
    ELSE
        -- A pass over both, whatever their size: no join, whose plan would be kept from a smaller statement.
        INSERT INTO changes (tx, about, row_key, patient_id, what, shown_before, shown_after)
        SELECT next_tx, 'timeline', id, patient_id,
            CASE WHEN count(*) = 2 THEN 'changed' WHEN bool_and(is_new) THEN 'added' ELSE 'removed' END,
            bool_or(patient_visible AND NOT is_new)
                AND (count(*) = 1 OR count(DISTINCT ROW(event_type, event_date, event_title, event_description, doctor_id,
                     severity, metadata, author_id, patient_visible, related_table, related_id)) = 2),
            bool_or(patient_visible AND is_new)
                AND (count(*) = 1 OR count(DISTINCT ROW(event_type, event_date, event_title, event_description, doctor_id,
                     severity, metadata, author_id, patient_visible, related_table, related_id)) = 2)
        FROM (SELECT false AS is_new, r.* FROM removed r UNION ALL SELECT true, a.* FROM added a) c
        GROUP BY id, patient_id
        HAVING count(*) = 1 OR count(DISTINCT ROW(event_type, event_date, event_title, event_description, doctor_id,
            session_id, severity, metadata, author_id, patient_visible, related_table, related_id)) = 2;
    END IF;
    -- Once per transaction, however often it is said.
    PERFORM pg_notify('patientgraph_changes', '');
    RETURN NULL;
END $$;

-- Of requests, patients do not read session_id, error_message and metadata.
CREATE FUNCTION log_requests() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next_tx bigint := next_tx_of_changes();
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (tx, about, row_key, patient_id, what, shown_before, shown_after)
        SELECT next_tx, 'request', id, patient_id, 'added', false, true FROM added;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO changes (tx, about, row_key, patient_id, what, shown_before, shown_after)
        SELECT next_tx, 'request', id, patient_id, 'removed', true, false FROM removed;
    ELSE
        INSERT INTO changes (tx, about, row_key, patient_id, what, shown_before, shown_after)
        SELECT next_tx, 'request', id, patient_id,
            CASE WHEN count(*) = 2 THEN 'changed' WHEN bool_and(is_new) THEN 'added' ELSE 'removed' END,
            bool_or(NOT is_new) AND (count(*) = 1 OR count(DISTINCT ROW(report_id, prediction_id, mri_scan_id, status,
                report_type, priority, requested_by, requested_at, generated_at, retry_count, next_attempt_at)) = 2),
            bool_or(is_new) AND (count(*) = 1 OR count(DISTINCT ROW(report_id, prediction_id, mri_scan_id, status,
                report_type, priority, requested_by, requested_at, generated_at, retry_count, next_attempt_at)) = 2)
        FROM (SELECT false AS is_new, r.* FROM removed r UNION ALL SELECT true, a.* FROM added a) c
        GROUP BY id, patient_id
        HAVING count(*) = 1 OR count(DISTINCT ROW(report_id, prediction_id, mri_scan_id, status, report_type, priority,
            requested_by, requested_at, generated_at, retry_count, next_attempt_at, session_id, error_message,
            metadata)) = 2;
    END IF;
    PERFORM pg_notify('patientgraph_changes', '');
    RETURN NULL;
END $$;

CREATE TRIGGER log_after_insert AFTER INSERT ON patient_timeline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION log_timeline();
CREATE TRIGGER log_after_update AFTER UPDATE ON patient_timeline
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION log_timeline();
CREATE TRIGGER log_after_delete AFTER DELETE ON patient_timeline
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION log_timeline();

CREATE TRIGGER log_after_insert AFTER INSERT ON report_status
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION log_requests();
CREATE TRIGGER log_after_update AFTER UPDATE ON report_status
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION log_requests();
CREATE TRIGGER log_after_delete AFTER DELETE ON report_status
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION log_requests();
