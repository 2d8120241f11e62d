-- What the server's fold makes of texts, as far as SQLite can: it lower-cases ASCII only and leaves accents.

-- A plain INSERT may leave search_text out.
CREATE TRIGGER patients_fill_search_text AFTER INSERT ON patients WHEN NEW.search_text = '' BEGIN
    UPDATE patients
    SET search_text = lower(substr(NEW.name, 1, 100) || char(10) || substr(NEW.mrn, 1, 100)
                            || coalesce(char(10) || substr(NEW.email, 1, 100), ''))
    WHERE patient_id = NEW.patient_id;
END;

CREATE TRIGGER doctors_fill_search_text AFTER INSERT ON doctors WHEN NEW.search_text = '' BEGIN
    UPDATE doctors
    SET search_text = lower(substr(NEW.name, 1, 100)
                            || coalesce(char(10) || substr(NEW.license_number, 1, 100), '')
                            || coalesce(char(10) || substr(NEW.email, 1, 100), ''))
    WHERE doctor_id = NEW.doctor_id;
END;

-- So may a plain UPDATE. The server's own grows the version and always says what the search text is; that may well be
-- what it was.
CREATE TRIGGER patients_renew_search_text AFTER UPDATE OF name, mrn, email ON patients
WHEN NEW.search_text = OLD.search_text AND NEW.version = OLD.version
    AND (NEW.name, NEW.mrn, NEW.email) IS NOT (OLD.name, OLD.mrn, OLD.email)
BEGIN
    UPDATE patients
    SET search_text = lower(substr(NEW.name, 1, 100) || char(10) || substr(NEW.mrn, 1, 100)
                            || coalesce(char(10) || substr(NEW.email, 1, 100), ''))
    WHERE patient_id = NEW.patient_id;
END;

CREATE TRIGGER doctors_renew_search_text AFTER UPDATE OF name, license_number, email ON doctors
WHEN NEW.search_text = OLD.search_text AND NEW.version = OLD.version
    AND (NEW.name, NEW.license_number, NEW.email) IS NOT (OLD.name, OLD.license_number, OLD.email)
BEGIN
    UPDATE doctors
    SET search_text = lower(substr(NEW.name, 1, 100)
                            || coalesce(char(10) || substr(NEW.license_number, 1, 100), '')
                            || coalesce(char(10) || substr(NEW.email, 1, 100), ''))
    WHERE doctor_id = NEW.doctor_id;
END;
