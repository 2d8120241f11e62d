//! What is found in old data, and what is done about it.
//!
//! The codes are those under which `docs/import.md` explains them.

use std::fmt;

/// What becomes of a row for what was found in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It cannot be brought over.
    Quarantine,
    /// It can be brought over only with a patient made from what its session says.
    Synthesise,
    /// It is brought over, something in it put right.
    Repair,
    /// It is brought over, its patient found by another row.
    Recover,
    /// It is kept aside, or a value of it.
    Keep,
    /// It is brought over as it is.
    Info,
    /// It is not brought over: the database makes it itself, or nobody needs it.
    Ignore,
}

macro_rules! codes {
    ($($name:ident $code:literal $action:ident $meaning:literal)+) => {
        /// What can be found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each says what it means")]
        pub enum Code { $($name),+ }

        impl Code {
            /// All of them, in the order of the old tables.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name: `scan.owner_recoverable`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// What is done.
            pub fn action(self) -> Action {
                match self { $(Self::$name => Action::$action),+ }
            }

            /// What it means, and what is done about it.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),+ }
            }
        }
    };
}

#[rustfmt::skip]
codes! {
    UserIdMissing "user.id_missing" Quarantine "the account has no id"
    UserRoleUnknown "user.role_unknown" Quarantine "the role is none of admin, doctor, patient"
    UserNameBlank "user.name_blank" Repair "no name; \"Unknown\" was put"
    UserPasswordNotBcrypt "user.password_not_bcrypt" Repair "the password hash is no bcrypt hash and was left out; a link sets a new password"
    UserDefaultPassword "user.default_password" Repair "the password was the old system's default and was left out; a link sets a new one"
    UserPatientPassword "user.patient_password" Repair "the password of a patient, whom the old system asked for none; left out"
    UserEmailBlank "user.email_blank" Repair "an empty e-mail address means none"
    UserEmailTaken "user.email_taken" Repair "the e-mail address is another account's here; left out"
    UserUsernameTaken "user.username_taken" Repair "the user name is another account's here; it got \"-old\" at its end"
    UserUsernameMissing "user.username_missing" Repair "no user name; the doctor's or patient's id, the e-mail address or the old id was taken"
    UserActiveUnreadable "user.active_unreadable" Repair "whether the account is active cannot be read; it is not"
    UserDoctorWithoutProfile "user.doctor_without_profile" Repair "an account of a doctor without a doctor; the doctor was made from the account"
    UserPatientWithoutRecord "user.patient_without_record" Info "an account of a patient without a record"
    UserDateUnparseable "user.date_unparseable" Repair "a time cannot be read; unknown"
    DoctorIdMissing "doctor.id_missing" Repair "the doctor has no id; the account's id stands for it"
    DoctorUserMissing "doctor.user_missing" Repair "the doctor's account is not there; a doctor without account"
    DoctorUserNotDoctor "doctor.user_not_doctor" Info "the account has another role; a doctor without account"
    DoctorKnown "doctor.known" Repair "the account is a doctor's whom an earlier import brought; merged with that one, the row was kept aside"
    DoctorLicenseTaken "doctor.license_taken" Repair "the licence number is another doctor's here; left out"
    DoctorFeeInvalid "doctor.fee_invalid" Repair "the fee is no amount of money; unknown"
    DoctorYearsInvalid "doctor.years_invalid" Repair "the years of experience are no number of years; unknown"
    PatientIdMissing "patient.id_missing" Quarantine "the patient has no id"
    PatientIdNotText "patient.id_not_text" Quarantine "the id is not UTF-8, or has the character U+0000 in it"
    PatientMrnTaken "patient.mrn_taken" Repair "the id is another patient's record number here; it got \"-old\" at its end"
    PatientWasStub "patient.was_stub" Keep "an earlier import made this patient from what a session says; the row was kept aside"
    PatientNameBlank "patient.name_blank" Repair "no name; \"Unknown\" was put"
    PatientNameNotUtf8 "patient.name_not_utf8" Repair "the name is not UTF-8; what is not was replaced"
    PatientTextHasNul "patient.text_has_nul" Repair "a text has the character U+0000 in it; taken out"
    PatientGenderNormalised "patient.gender_normalised" Repair "the gender is spelt in another way"
    PatientGenderUnknown "patient.gender_unknown" Repair "the gender is none that is known; unknown"
    PatientAgeInvalid "patient.age_invalid" Repair "the age is no age; unknown"
    PatientDobUnparseable "patient.dob_unparseable" Repair "the date of birth cannot be read; unknown"
    PatientDobInFuture "patient.dob_in_future" Repair "the date of birth is in the future; unknown"
    PatientUserDangling "patient.user_dangling" Repair "the account is not there; a patient without account"
    PatientUserNotPatient "patient.user_not_patient" Repair "the account is not a patient's, or another patient has it; a patient without account"
    PatientAssignedDoctorMapped "patient.assigned_doctor_mapped" Repair "the assigned doctor is named by account; the doctor was taken"
    PatientAssignedDoctorDangling "patient.assigned_doctor_dangling" Repair "the assigned doctor is not known; nobody was assigned"
    PatientPossibleDuplicate "patient.possible_duplicate" Info "name and birth, or the id but for case and space, are like another patient's"
    PatientDateUnparseable "patient.date_unparseable" Repair "a time cannot be read; unknown"
    SessionIdMissing "session.id_missing" Quarantine "the session has no id"
    SessionNoPatient "session.no_patient" Keep "the session names no patient; it cannot be anybody's and was kept aside"
    SessionPatientDangling "session.patient_dangling" Synthesise "the session names a patient of whom nothing else is known"
    SessionPatientNamed "session.patient_named" Info "the session calls the patient by another name; that was kept aside"
    SessionDoctorNamed "session.doctor_named" Info "the session calls the doctor by name alone; that was kept aside"
    SessionDoctorMapped "session.doctor_mapped" Repair "the doctor is named by account; the doctor was taken"
    SessionDoctorDangling "session.doctor_dangling" Repair "the doctor is not known; none"
    SessionDoctorBlank "session.doctor_blank" Repair "an empty doctor means none"
    SessionUserDangling "session.user_dangling" Repair "the account is not there; none"
    SessionVocabUnknown "session.vocab_unknown" Repair "a word outside the vocabulary"
    SessionDateUnparseable "session.date_unparseable" Repair "the time cannot be read"
    SessionMetadataNotJson "session.metadata_not_json" Repair "the metadata are no JSON object; left out"
    SessionUpdatedBeforeCreated "session.updated_before_created" Info "changed before it was made"
    ScanIdMissing "scan.id_missing" Quarantine "the scan has no id"
    ScanSessionMissing "scan.session_missing" Quarantine "the session is not there, and nothing tells whose the scan is"
    ScanOwnerRecoverable "scan.owner_recoverable" Recover "the session was deleted; another row tells whose the scan is"
    ScanOwnerAmbiguous "scan.owner_ambiguous" Quarantine "the session was deleted, and other rows name several patients"
    ScanSessionWithoutPatient "scan.session_without_patient" Quarantine "the session names no patient"
    ScanPatientDangling "scan.patient_dangling" Synthesise "the session names a patient of whom nothing else is known"
    ScanDateUnparseable "scan.date_unparseable" Repair "the time cannot be read; the session's was taken"
    ScanMetadataNotJson "scan.metadata_not_json" Repair "a JSON column is no JSON of its kind; left out"
    ScanStatusUnknown "scan.status_unknown" Repair "a processing status outside the vocabulary; pending"
    ScanTypeUnknown "scan.type_unknown" Repair "a file type that is not known; unknown"
    ScanSizeMismatch "scan.size_mismatch" Info "the size noted is not that of the bytes stored; that of the bytes was taken"
    ScanBlobNotBytes "scan.blob_not_bytes" Info "text is stored instead of bytes; its bytes were taken"
    ScanFileMissing "scan.file_missing" Info "the scan's file was not found"
    ScanFileAmbiguous "scan.file_ambiguous" Info "a file was found that may be another scan's, or has another size; left out"
    PredictionIdMissing "prediction.id_missing" Quarantine "the prediction has no id"
    PredictionSessionMissing "prediction.session_missing" Quarantine "the session is not there, and nothing tells whose the prediction is"
    PredictionOwnerRecoverable "prediction.owner_recoverable" Recover "the session was deleted; another row tells whose the prediction is"
    PredictionOwnerAmbiguous "prediction.owner_ambiguous" Quarantine "the session was deleted, and other rows name several patients"
    PredictionSessionWithoutPatient "prediction.session_without_patient" Quarantine "the session names no patient"
    PredictionPatientDangling "prediction.patient_dangling" Synthesise "the session names a patient of whom nothing else is known"
    PredictionDateUnparseable "prediction.date_unparseable" Repair "the time cannot be read; the session's was taken"
    PredictionErrorPlaceholder "prediction.error_placeholder" Keep "a failed run, no prediction; its session is failed, the row was kept aside"
    PredictionResultUnknown "prediction.result_unknown" Repair "a result that is not known; unknown, never \"not detected\""
    PredictionStageUnknown "prediction.stage_unknown" Repair "a stage that is not known; none"
    PredictionConfidenceOutOfRange "prediction.confidence_out_of_range" Repair "a confidence outside 0 to 1; unknown"
    PredictionTimeInvalid "prediction.time_invalid" Repair "a processing time that is none; unknown"
    PredictionScanDangling "prediction.scan_dangling" Repair "the scan is not there; unlinked"
    PredictionScanOtherSession "prediction.scan_other_session" Info "the scan is of another session"
    PredictionScanOtherPatient "prediction.scan_other_patient" Repair "the scan is another patient's; unlinked"
    PredictionMetadataNotJson "prediction.metadata_not_json" Repair "a JSON column is no JSON of its kind; left out"
    ReportIdMissing "report.id_missing" Quarantine "the report has no id"
    ReportSessionMissing "report.session_missing" Quarantine "the session is not there, and nothing tells whose the report is"
    ReportOwnerRecoverable "report.owner_recoverable" Recover "the session was deleted; another row tells whose the report is"
    ReportOwnerAmbiguous "report.owner_ambiguous" Quarantine "the session was deleted, and other rows name several patients"
    ReportSessionWithoutPatient "report.session_without_patient" Quarantine "the session names no patient"
    ReportPatientDangling "report.patient_dangling" Synthesise "the session names a patient of whom nothing else is known"
    ReportDateUnparseable "report.date_unparseable" Repair "the time cannot be read; the session's was taken"
    ReportErrorPlaceholder "report.error_placeholder" Keep "a failed report, no report; it became a failed request, the row was kept aside"
    ReportContentEmpty "report.content_empty" Info "the report is empty"
    ReportTextHasNul "report.text_has_nul" Repair "a text has the character U+0000 in it; taken out"
    ReportTextNotUtf8 "report.text_not_utf8" Repair "a text is not UTF-8; what is not was replaced"
    ReportContentHuge "report.content_huge" Info "the report is longer than 1 MiB"
    ReportTypeNormalised "report.type_normalised" Repair "a type of report that has no word here; other"
    ReportFormatUnknown "report.format_unknown" Repair "a format that is not known; text"
    ReportPredictionDangling "report.prediction_dangling" Repair "the prediction is not there; unlinked"
    ReportPredictionOtherPatient "report.prediction_other_patient" Repair "the prediction is another patient's; unlinked"
    ReportMetadataNotJson "report.metadata_not_json" Repair "a JSON column is no JSON of its kind; left out"
    ReportConfidenceOutOfRange "report.confidence_out_of_range" Repair "a confidence outside 0 to 1; unknown"
    ReportMetadataNamesOtherPatient "report.metadata_names_other_patient" Info "the metadata name another patient"
    AssignmentIdMissing "assignment.id_missing" Repair "the assignment has no id"
    AssignmentPatientDangling "assignment.patient_dangling" Quarantine "the patient is not there"
    AssignmentDoctorMapped "assignment.doctor_mapped" Repair "the doctor is named by account; the doctor was taken"
    AssignmentDoctorDangling "assignment.doctor_dangling" Quarantine "the doctor is not known"
    AssignmentDateUnparseable "assignment.date_unparseable" Repair "the time cannot be read"
    AssignmentTypeUnknown "assignment.type_unknown" Repair "a type that is not known; consultant"
    AssignmentActiveButEnded "assignment.active_but_ended" Repair "active although it ended; it ended"
    AssignmentEndedBeforeStart "assignment.ended_before_start" Info "it ended before it began; it ended when it began"
    AssignmentEndUnknown "assignment.end_unknown" Repair "ended, nobody noted when; the last session of the two was taken, else its beginning"
    AssignmentInFuture "assignment.in_future" Repair "a time in the future; the present was taken"
    AssignmentDuplicateActive "assignment.duplicate_active" Repair "a second one of the same doctor and patient; merged, the earliest beginning stays"
    AssignmentSeveralPrimary "assignment.several_primary" Info "several primary doctors at once"
    AssignmentPrimaryYielded "assignment.primary_yielded" Repair "a newer primary doctor stays; this one became consultant"
    ConsultationIdMissing "consultation.id_missing" Repair "the visit has no id"
    ConsultationPatientDangling "consultation.patient_dangling" Quarantine "the patient is not there"
    ConsultationDoctorMapped "consultation.doctor_mapped" Repair "the doctor is named by account; the doctor was taken"
    ConsultationDoctorDangling "consultation.doctor_dangling" Quarantine "the doctor is not known"
    ConsultationDateUnparseable "consultation.date_unparseable" Quarantine "a visit without a date that can be read"
    ConsultationInFuture "consultation.in_future" Repair "a visit in the future that was completed or missed; it is scheduled"
    ConsultationStatusNormalised "consultation.status_normalised" Repair "the status is spelt in another way"
    ConsultationStatusUnknown "consultation.status_unknown" Quarantine "a status that is not known"
    ConsultationTypeNormalised "consultation.type_normalised" Repair "the type is spelt in another way"
    ConsultationTypeUnknown "consultation.type_unknown" Repair "a type that is not known; unknown"
    ConsultationSessionDangling "consultation.session_dangling" Repair "the session is not there; unlinked"
    ConsultationSessionOtherPatient "consultation.session_other_patient" Info "the session is another patient's; unlinked"
    ConsultationFeeInvalid "consultation.fee_invalid" Repair "the fee is no amount of money; unknown"
    ConsultationDurationInvalid "consultation.duration_invalid" Repair "the duration is none; unknown"
    ConsultationDurationZero "consultation.duration_zero" Repair "a duration of no minutes; unknown"
    ConsultationNextVisitUnparseable "consultation.next_visit_unparseable" Repair "the next visit's date cannot be read; unknown"
    ConsultationNextVisitBeforeVisit "consultation.next_visit_before_visit" Info "the next visit is before this one"
    ConsultationTextHasNul "consultation.text_has_nul" Repair "a text has the character U+0000 in it; taken out"
    ReportStatusIdMissing "report_status.id_missing" Repair "the request has no id"
    ReportStatusPatientDangling "report_status.patient_dangling" Quarantine "the patient is not there"
    ReportStatusSessionDangling "report_status.session_dangling" Repair "the session is not there; unlinked"
    ReportStatusReportDangling "report_status.report_dangling" Repair "the report is not there; unlinked"
    ReportStatusPredictionDangling "report_status.prediction_dangling" Repair "the prediction is not there; unlinked"
    ReportStatusScanDangling "report_status.scan_dangling" Repair "the scan is not there; unlinked"
    ReportStatusOfOtherPatient "report_status.of_other_patient" Repair "what it is about is another patient's; unlinked"
    ReportStatusRequesterDangling "report_status.requester_dangling" Repair "who asked is no account; unknown"
    ReportStatusStatusNormalised "report_status.status_normalised" Repair "the status is spelt in another way"
    ReportStatusStatusUnknown "report_status.status_unknown" Quarantine "a status that is not known"
    ReportStatusDateUnparseable "report_status.date_unparseable" Repair "a time cannot be read; unknown"
    ReportStatusGeneratedWithoutReport "report_status.generated_without_report" Info "generated, but no report is linked"
    ReportStatusOwnerMismatch "report_status.owner_mismatch" Info "the session is another patient's; unlinked"
    ReportStatusRetryInvalid "report_status.retry_invalid" Repair "a number of attempts that is none; 0"
    ReportStatusTypeNormalised "report_status.type_normalised" Repair "a type of report that has no word here; other"
    ReportStatusInterrupted "report_status.interrupted" Repair "somebody was generating it when the old system stopped; it waits again"
    ReportStatusDuplicateLive "report_status.duplicate_live" Repair "another request for the same report waits already; archived"
    TimelineIdMissing "timeline.id_missing" Repair "the event has no id"
    TimelinePatientDangling "timeline.patient_dangling" Quarantine "the patient is not there"
    TimelineDateUnparseable "timeline.date_unparseable" Repair "the time cannot be read"
    TimelineTypeNormalised "timeline.type_normalised" Repair "the kind is spelt in another way"
    TimelineTypeUnknown "timeline.type_unknown" Repair "a kind that is not known; a note"
    TimelineSeverityUnknown "timeline.severity_unknown" Repair "a severity that is not known; info"
    TimelineRelatedDangling "timeline.related_dangling" Repair "what it tells of is not there; a note"
    TimelineSourceLeft "timeline.source_left" Keep "what it tells of was not migrated; kept aside"
    TimelineDuplicateEvent "timeline.duplicate_event" Repair "a second event of the same source"
    TimelineOwnerMismatch "timeline.owner_mismatch" Info "the event names another patient than its source"
    TimelineDoctorDangling "timeline.doctor_dangling" Repair "the doctor is not known; none"
    TimelineSessionDangling "timeline.session_dangling" Repair "the session is not there; unlinked"
    TimelineSessionOtherPatient "timeline.session_other_patient" Repair "the session is another patient's; unlinked"
    StatisticsPatientDangling "statistics.patient_dangling" Ignore "statistics of an unknown patient"
    StatisticsStale "statistics.stale" Ignore "a stored figure is not what the records say"
    LabSessionMissing "lab.session_missing" Quarantine "the session is not there"
    OperationalSessionMissing "operational.session_missing" Ignore "the session is not there"
    AuditDetailsPythonRepr "audit.details_python_repr" Info "details of the old log are no JSON"
    SchemaUnknownTable "schema.unknown_table" Info "a table of no known version; kept aside"
    SchemaFkTargetMismatch "schema.fk_target_mismatch" Info "sessions refer to a column that patients do not have"
    SchemaVirtualTable "schema.virtual_table" Info "a table that an extension of SQLite computes; not read"
    TableNoPlace "table.no_place" Keep "what the old program itself worked with; kept aside"
    ColumnNoPlace "column.no_place" Info "columns that have no place here; their values were kept aside"
    TextCleaned "text.cleaned" Repair "a text was not UTF-8 or had the character U+0000 in it"
    TextTooLong "text.too_long" Repair "a name or number too long to be found by; cut"
    JsonUnstorable "json.unstorable" Repair "JSON that Python alone reads, or with U+0000 in a text; left out"
    PatientGone "patient.gone" Quarantine "the patient was deleted here after an earlier import"
    SessionGone "session.gone" Repair "the session was deleted here after an earlier import; unlinked"
    RowIdDuplicate "row.id_duplicate" Quarantine "another row of the table has the same id"
    RowChanged "row.changed" Info "changed in the old system since an earlier import; what is here stays"
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
