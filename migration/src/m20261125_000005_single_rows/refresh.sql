-- Brings the timeline's events of these source rows up to date; one function per source, so that each is planned by
-- the size of its own.
CREATE FUNCTION refresh_{view}(sources uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- OFFSET 0 keeps the sub-select one look-up per event; as a join it might read whole tables.
    DELETE FROM patient_timeline t
    WHERE t.related_id = ANY (sources) AND t.related_table = '{table}' AND NOT EXISTS (
        SELECT 1 FROM {view} e
        WHERE e.related_id = t.related_id AND e.event_type = t.event_type OFFSET 0);

    INSERT INTO patient_timeline AS t (
        id, patient_id, event_type, event_date, event_title, event_description, related_table, related_id,
        doctor_id, session_id, severity, metadata, author_id, patient_visible)
    SELECT e.* FROM {view} e WHERE e.related_id = ANY (sources)
    ON CONFLICT (id) DO UPDATE SET
        patient_id = excluded.patient_id, event_date = excluded.event_date, event_title = excluded.event_title,
        event_description = excluded.event_description, doctor_id = excluded.doctor_id,
        session_id = excluded.session_id, severity = excluded.severity, metadata = excluded.metadata,
        patient_visible = excluded.patient_visible, updated_at = now()
    WHERE (t.patient_id, t.event_date, t.event_title, t.event_description, t.doctor_id, t.session_id, t.severity,
           t.metadata, t.patient_visible)
        IS DISTINCT FROM
          (excluded.patient_id, excluded.event_date, excluded.event_title, excluded.event_description,
           excluded.doctor_id, excluded.session_id, excluded.severity, excluded.metadata, excluded.patient_visible);
END $$;
