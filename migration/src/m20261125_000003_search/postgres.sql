-- What the server's fold makes of a text, but that lower() is the database's: under the locale C it knows A to Z alone.
CREATE FUNCTION search_fold(line text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT left(
        normalize(
            translate(
                replace(replace(replace(replace(replace(replace(replace(replace(
                    lower(regexp_replace(normalize(line, NFKD), '[\u0300-\u036f]', '', 'g')),
                    'ß', 'ss'), 'ẞ', 'ss'), 'æ', 'ae'), 'Æ', 'ae'), 'œ', 'oe'), 'Œ', 'oe'), 'þ', 'th'), 'Þ', 'th'),
                'øØđĐðÐłŁıς’ʼ', 'ooddddlliσ'''''),
            NFC),
        100)
$$;

CREATE FUNCTION fill_search_text_of_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_text := concat_ws(E'\n', search_fold(NEW.name), search_fold(NEW.mrn), search_fold(NEW.email));
    RETURN NEW;
END $$;

CREATE FUNCTION fill_search_text_of_doctor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_text :=
        concat_ws(E'\n', search_fold(NEW.name), search_fold(NEW.license_number), search_fold(NEW.email));
    RETURN NEW;
END $$;

-- A plain INSERT may leave search_text out.
CREATE TRIGGER fill_search_text BEFORE INSERT ON patients FOR EACH ROW WHEN (NEW.search_text = '')
    EXECUTE FUNCTION fill_search_text_of_patient();
CREATE TRIGGER fill_search_text BEFORE INSERT ON doctors FOR EACH ROW WHEN (NEW.search_text = '')
    EXECUTE FUNCTION fill_search_text_of_doctor();

-- So may a plain UPDATE. The server's own grows the version and always says what the search text is; that may well be
-- what it was.
CREATE TRIGGER renew_search_text BEFORE UPDATE OF name, mrn, email ON patients FOR EACH ROW
    WHEN (NEW.search_text = OLD.search_text AND NEW.version = OLD.version
          AND (NEW.name, NEW.mrn, NEW.email) IS DISTINCT FROM (OLD.name, OLD.mrn, OLD.email))
    EXECUTE FUNCTION fill_search_text_of_patient();
CREATE TRIGGER renew_search_text BEFORE UPDATE OF name, license_number, email ON doctors FOR EACH ROW
    WHEN (NEW.search_text = OLD.search_text AND NEW.version = OLD.version
          AND (NEW.name, NEW.license_number, NEW.email) IS DISTINCT FROM (OLD.name, OLD.license_number, OLD.email))
    EXECUTE FUNCTION fill_search_text_of_doctor();
