-- W3 by hand: one statement that answers three fields of a patient as JSON.
\set number random(1, :patients)
SELECT json_build_object('name', p.name, 'dateOfBirth', p.date_of_birth,
    'statistics', json_build_object('totalConsultations', s.total_consultations))
FROM patients p JOIN patient_statistics s ON s.patient_id = p.patient_id
WHERE p.mrn = 'PG-' || lpad(:number::text, 6, '0');
