//! What people in the clinic write. A patient with Parkinson's disease has a stage, 1 to 5; others have none.

pub(super) const CARERS: &[&str] = &["Anna", "Michael", "Claire", "Samuel", "Nora", "Daniel", "Eva", "Lucas"];

pub(super) const STREETS: &[&str] = &[
    "Chapel Lane",
    "Mill Road",
    "Station Street",
    "Rue des Lilas",
    "Am Anger",
    "Harbour View",
    "Linden Avenue",
    "Calle Mayor",
    "Church Walk",
    "Orchard Close",
];

pub(super) const TOWNS: &[&str] =
    &["Northbridge", "Elmsford", "St-Aubin", "Weststadt", "Riverside", "Oakham", "Puerto Claro", "Seaton"];

pub(super) const INSURERS: &[&str] = &["Public health fund", "Concordia Mutual", "Northern Care", "Helvia", "Self-pay"];

pub(super) const ALLERGIES: &[&str] =
    &["Penicillin", "None known", "Latex", "Sulfonamides", "Iodinated contrast media", "Pollen, house dust", "Aspirin"];

pub(super) const HISTORIES: &[&str] = &[
    "Hypertension for more than ten years.",
    "Type 2 diabetes, well controlled. Cataract surgery on both eyes.",
    "Depression, treated. Constipation for years before the tremor began.",
    "Hip replacement on the left. No strokes.",
    "Acted-out dreams reported by the partner; loss of smell.",
    "Atrial fibrillation, anticoagulated.",
    "Nothing of note. Father had a tremor in old age.",
    "Hypothyroidism. Former smoker.",
    "Transient ischaemic attack; carotid arteries without stenosis.",
];

pub(super) const OTHER_MEDICATION: &[&str] = &[
    "Ramipril 5 mg once daily",
    "Metformin 850 mg twice daily",
    "Levothyroxine 75 µg once daily",
    "Macrogol as needed",
    "Apixaban 5 mg twice daily",
    "Sertraline 50 mg once daily",
    "Melatonin 3 mg at night",
];

pub(super) const ASSIGNMENT_NOTES: &[&str] = &[
    "Referred by the family doctor.",
    "Taken over at the patient's wish.",
    "Joint care with the memory clinic.",
    "For the adjustment of medication.",
    "Speaks the family's language.",
];

/// Why a patient comes.
pub(super) fn complaints(stage: Option<i64>) -> &'static [&'static str] {
    match stage {
        None => &[
            "Trembling of both hands when holding a cup",
            "Unsteady on the feet",
            "Worried because of a relative's illness",
            "Forgetfulness",
            "Dizziness on standing up",
            "Stiff neck and shoulders",
        ],
        Some(1 | 2) => &[
            "Resting tremor of one hand",
            "Handwriting has become small",
            "Stiff shoulder, arm does not swing",
            "Slower with buttons and cutlery",
            "Loss of smell, restless nights",
            "Routine follow-up",
        ],
        Some(3) => &[
            "Falls when turning",
            "Medication wears off before the next dose",
            "Freezing in doorways",
            "Soft voice, chokes now and then",
            "Involuntary movements after the midday dose",
        ],
        Some(_) => &[
            "Cannot stand up without help",
            "Sees people who are not there",
            "Difficulty swallowing tablets",
            "Sleeps through the day",
            "Pressure sore on the heel",
            "Carer exhausted",
        ],
    }
}

/// What a doctor finds.
pub(super) fn diagnoses(stage: Option<i64>) -> &'static [&'static str] {
    match stage {
        None => &[
            "Essential tremor",
            "No sign of a neurodegenerative disease",
            "Orthostatic hypotension",
            "Drug-induced parkinsonism",
            "Normal ageing; follow-up in a year",
            "Cervical spondylosis",
        ],
        Some(1) => &["Parkinson's disease, unilateral, Hoehn and Yahr 1", "Suspected Parkinson's disease, early"],
        Some(2) => &[
            "Parkinson's disease, bilateral without impaired balance, Hoehn and Yahr 2",
            "Parkinson's disease, tremor-dominant",
        ],
        Some(3) => &[
            "Parkinson's disease with postural instability, Hoehn and Yahr 3",
            "Parkinson's disease, motor fluctuations",
            "Parkinson's disease, levodopa-induced dyskinesia",
        ],
        Some(4) => {
            &["Parkinson's disease, severe disability, Hoehn and Yahr 4", "Parkinson's disease with hallucinations"]
        }
        Some(_) => {
            &["Parkinson's disease, bound to wheelchair or bed, Hoehn and Yahr 5", "Parkinson's disease dementia"]
        }
    }
}

/// What a doctor prescribes.
pub(super) fn prescriptions(stage: Option<i64>) -> &'static [&'static str] {
    match stage {
        None => &["Propranolol 40 mg twice daily", "No medication needed", "Primidone 50 mg at night", "Physiotherapy"],
        Some(1) => {
            &["Rasagiline 1 mg once daily", "Pramipexole 0.18 mg three times daily", "Physiotherapy twice a week"]
        }
        Some(2) => &[
            "Levodopa/carbidopa 100/25 mg three times daily",
            "Ropinirole 4 mg once daily, prolonged release",
            "Rasagiline 1 mg and levodopa/benserazide 100/25 mg three times daily",
        ],
        Some(3) => &[
            "Levodopa/carbidopa/entacapone 100/25/200 mg four times daily",
            "Opicapone 50 mg at night",
            "Amantadine 100 mg twice daily",
            "Speech therapy; levodopa/carbidopa 150/37.5 mg four times daily",
        ],
        Some(_) => &[
            "Levodopa/carbidopa 125/12.5 mg five times daily, dispersible",
            "Quetiapine 25 mg at night",
            "Rivastigmine patch 4.6 mg/24 h",
            "Levodopa intestinal gel, continuous",
            "Palliative home care",
        ],
    }
}

/// Remarks of the staff on a visit.
pub(super) const VISIT_NOTES: &[&str] = &[
    "Came with spouse. Understands the plan.",
    "Timed up-and-go measured; slower than last time.",
    "Blood pressure lying and standing recorded.",
    "Asked about driving; advised a test.",
    "Good effect of the last change. No side effects.",
    "Interpreter present.",
    "Discussed exercise and the patients' group.",
    "Reluctant to change medication; decides after talking to the family.",
];

/// Why a completed visit was corrected.
pub(super) const CORRECTIONS: &[&str] =
    &["Typing error", "Dose was recorded wrongly", "Added after the laboratory's answer", "Side was mixed up"];

/// Notes on the timeline: how grave (from `info` to `critical`), title, text.
pub(super) const NOTES: &[(usize, &str, &str)] = &[
    (0, "Telephone call", "Daughter called; tablets now come in a dispenser."),
    (0, "Consent", "Consent to the scan was given and filed."),
    (1, "Diet", "Advised to take levodopa half an hour before meals."),
    (1, "Physiotherapy started", "Balance training twice a week at home."),
    (2, "Fall at home", "Fell in the bathroom, no injury. Grab rails ordered."),
    (2, "Weight", "Lost four kilograms in three months; dietician informed."),
    (3, "Hallucinations", "Sees animals in the evening. Amantadine reduced."),
    (3, "Swallowing", "Coughs with thin liquids; thickener recommended."),
    (4, "Admitted", "Taken to hospital with pneumonia."),
];

/// What an agent reports when it cannot make a report.
pub(super) const FAILURES: &[&str] = &[
    "The scan could not be read: unexpected end of file",
    "The model service did not answer within 120 s",
    "The prediction is no longer there",
    "The report's text was empty",
];

/// A relative's family name: the last part of a patient's name where there are parts.
pub(super) fn family_name(name: &str) -> &str {
    name.rsplit_once(' ').map_or("", |(_, family)| family)
}
