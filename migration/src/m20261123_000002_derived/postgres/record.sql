-- What the database writes into the record itself.

-- A plain INSERT may leave name_folded out; the server writes NFKC and lower case in every script.
CREATE FUNCTION fold_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name_folded := lower(normalize(NEW.name, NFKC));
    RETURN NEW;
END $$;

CREATE TRIGGER fold_name BEFORE INSERT ON patients FOR EACH ROW WHEN (NEW.name_folded = '')
    EXECUTE FUNCTION fold_name();
CREATE TRIGGER fold_name BEFORE INSERT ON doctors FOR EACH ROW WHEN (NEW.name_folded = '')
    EXECUTE FUNCTION fold_name();

-- A version 7 key: 48 bits of Unix milliseconds before the random rest.
CREATE FUNCTION new_key() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;

-- What a completed visit said before it was corrected.
CREATE FUNCTION keep_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    corrected boolean := NEW.corrected_at IS DISTINCT FROM OLD.corrected_at;
BEGIN
    INSERT INTO consultation_revisions (
        id, consultation_id, patient_id, doctor_id, consultation_date, consultation_type, status, chief_complaint,
        diagnosis, prescription, notes, next_visit_date, duration_minutes, fee_charged_cents, consultation_version,
        reason, changed_by)
    VALUES (
        new_key(), NEW.id, NEW.patient_id, OLD.doctor_id, OLD.consultation_date, OLD.consultation_type, OLD.status,
        OLD.chief_complaint, OLD.diagnosis, OLD.prescription, OLD.notes, OLD.next_visit_date, OLD.duration_minutes,
        OLD.fee_charged_cents, OLD.version,
        CASE WHEN corrected THEN NEW.correction_reason END, CASE WHEN corrected THEN NEW.corrected_by END);
    RETURN NULL;
END $$;

CREATE TRIGGER keep_revision AFTER UPDATE ON consultations FOR EACH ROW
    WHEN (OLD.status = 'completed'
          AND (OLD.diagnosis, OLD.prescription, OLD.notes, OLD.consultation_date, OLD.status)
              IS DISTINCT FROM (NEW.diagnosis, NEW.prescription, NEW.notes, NEW.consultation_date, NEW.status))
    EXECUTE FUNCTION keep_revision();
