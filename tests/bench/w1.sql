-- W1 by hand: one statement that answers the admin's page as JSON, after a random patient of the list.
\set number random(1, :patients)
SELECT json_agg(json_build_object(
    'id', p.patient_id, 'name', p.name, 'dateOfBirth', p.date_of_birth, 'gender', p.gender,
    'statistics', json_build_object(
        'totalConsultations', p.total_consultations, 'totalScans', p.total_mri_scans,
        'totalPredictions', p.total_predictions, 'totalReports', p.total_reports,
        'uniqueDoctorsCount', p.unique_doctors_count, 'firstVisitDate', p.first_visit_date,
        'lastVisitDate', p.last_visit_date, 'diseaseStatus', p.disease_status, 'diseaseStage', p.disease_stage),
    'doctors', d.list, 'timeline', e.list, 'consultations', v.list, 'reports', r.list))
FROM (
    SELECT COALESCE(s.last_visit_date, '-infinity'::timestamptz) AS key, s.patient_id
    FROM patients t JOIN patient_statistics s ON s.patient_id = t.patient_id
    WHERE t.mrn = 'PG-' || lpad(:number::text, 6, '0')) f
CROSS JOIN LATERAL (
    SELECT t.patient_id, t.name, t.date_of_birth, t.gender, s.total_consultations, s.total_mri_scans,
           s.total_predictions, s.total_reports, s.unique_doctors_count, s.first_visit_date, s.last_visit_date,
           s.disease_status, s.disease_stage
    FROM patient_statistics s JOIN patients t ON t.patient_id = s.patient_id
    WHERE t.archived_at IS NULL
      AND (COALESCE(s.last_visit_date, '-infinity'::timestamptz), s.patient_id) < (f.key, f.patient_id)
    ORDER BY COALESCE(s.last_visit_date, '-infinity'::timestamptz) DESC, s.patient_id DESC LIMIT 50) p
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('assignments', x.types, 'node',
        json_build_object('name', x.name, 'specialization', x.specialization))) AS list
    FROM (SELECT o.name, o.specialization,
                 json_agg(json_build_object('type', a.assignment_type)
                          ORDER BY a.assignment_date DESC, a.id DESC) AS types
          FROM doctor_patient_assignments a JOIN doctors o ON o.doctor_id = a.doctor_id
          WHERE a.patient_id = p.patient_id AND a.is_active
          GROUP BY o.doctor_id ORDER BY o.name_folded, o.doctor_id LIMIT 20) x) d
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('id', x.id, 'eventType', x.event_type, 'eventDate', x.event_date,
        'title', x.event_title, 'description', x.event_description, 'severity', x.severity,
        'doctor', (SELECT json_build_object('name', o.name) FROM doctors o WHERE o.doctor_id = x.doctor_id))) AS list
    FROM (SELECT * FROM patient_timeline t WHERE t.patient_id = p.patient_id
          ORDER BY t.event_date DESC, t.id DESC LIMIT 10) x) e
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('id', x.id, 'date', x.consultation_date, 'type', x.consultation_type,
        'chiefComplaint', x.chief_complaint, 'diagnosis', x.diagnosis, 'status', x.status,
        'fee', x.fee_charged_cents)) AS list
    FROM (SELECT * FROM consultations c WHERE c.patient_id = p.patient_id
          ORDER BY c.consultation_date DESC, c.id DESC LIMIT 5) x) v
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('id', x.id, 'title', x.title, 'type', x.report_type,
        'createdAt', x.created_at)) AS list
    FROM (SELECT * FROM medical_reports m WHERE m.patient_id = p.patient_id
          ORDER BY m.created_at DESC, m.id DESC LIMIT 5) x) r;
