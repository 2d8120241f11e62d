//! What each mutation asks for and does.

mod assignments;
mod imaging;
mod people;
mod reports;
mod timeline;
mod visits;

use super::turn::{Done, Turn};

/// The rule of a mutation.
pub fn rule(mutation: &str) -> fn(&mut Turn<'_>) -> Done {
    match mutation {
        "createPatient" => people::create_patient,
        "updatePatient" => people::update_patient,
        "archivePatient" => |turn| people::archive(turn, "Patient", "/patient", true),
        "restorePatient" => |turn| people::archive(turn, "Patient", "/patient", false),
        "deletePatient" => people::erase_patient,
        "createDoctor" => people::create_doctor,
        "updateDoctor" => people::update_doctor,
        "archiveDoctor" => |turn| people::archive(turn, "Doctor", "/doctor", true),
        "restoreDoctor" => |turn| people::archive(turn, "Doctor", "/doctor", false),
        "deleteDoctor" => people::delete_doctor,
        "createUser" => people::create_user,
        "updateUser" => people::update_user,
        "deleteUser" => people::delete_user,
        "assignDoctor" => assignments::assign,
        "updateAssignment" => assignments::update,
        "endAssignment" => assignments::end,
        "deleteAssignment" => |turn| just_delete(turn, "Assignment"),
        "transferPrimaryDoctor" => assignments::transfer,
        "createConsultation" => visits::create,
        "createConsultations" => visits::create_many,
        "updateConsultation" => visits::update,
        "rescheduleConsultation" => visits::reschedule,
        "completeConsultation" => visits::complete,
        "cancelConsultation" => visits::cancel,
        "markNoShow" => visits::mark_no_show,
        "deleteConsultation" => visits::delete,
        "createSession" => imaging::create_session,
        "updateSession" => imaging::update_session,
        "deleteSession" => imaging::delete_session,
        "createScan" => |turn| imaging::create(turn, "Scan"),
        "createScans" => |turn| imaging::create_many(turn, "Scan"),
        "updateScan" => imaging::update_scan,
        "deleteScan" => imaging::delete_scan,
        "createPrediction" => |turn| imaging::create(turn, "Prediction"),
        "createPredictions" => |turn| imaging::create_many(turn, "Prediction"),
        "updatePrediction" => imaging::update_prediction,
        "deletePrediction" => imaging::delete_prediction,
        "createReport" => reports::create,
        "updateReport" => reports::update,
        "releaseReport" => reports::release,
        "amendReport" => reports::amend,
        "withdrawReport" => reports::withdraw,
        "deleteReport" => reports::delete,
        "requestReport" => reports::request,
        "updateReportRequest" => reports::update_request,
        "retryReport" => reports::retry,
        "archiveReportRequest" => reports::archive_request,
        "deleteReportRequest" => reports::delete_request,
        "addTimelineNote" => timeline::add_note,
        "updateTimelineNote" => timeline::update_note,
        "deleteTimelineNote" => timeline::delete_note,
        "recalculateStatistics" => timeline::recalculate,
        _ => panic!("{mutation} has no rule"),
    }
}

/// Deletes a record that nothing forbids to delete.
fn just_delete(turn: &mut Turn<'_>, type_name: &str) -> Done {
    let row = turn.target(type_name)?;
    turn.delete(type_name, &row)
}
