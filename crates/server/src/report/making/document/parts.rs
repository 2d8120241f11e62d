//! The parts of a document that are no questions.

use std::collections::BTreeSet;

use entity::vocabulary::{ConsultationStatus, DiseaseStatus, Gender, ReportType};
use entity::{Day, Instant, Key};
use serde::Serialize;

use super::course;
use super::excerpt::{Excerpt, newest_first};
use super::extent::Extent;
use super::views::{Note, Prediction, Report, Responsible, Scan, Viewing, Visit, filled};
use crate::read::shape::Moment;
use crate::report::making::record::{self, Record};

/// When and by what a report is made.
#[derive(Debug, Clone, Serialize)]
pub struct Making {
    /// The instant at which the record was read.
    pub at: String,
    /// The clinic's calendar day.
    pub on: Day,
    /// The clinic's zone, by its IANA name.
    pub zone: &'static str,
    /// The program and its version.
    pub by: &'static str,
}

/// The patient.
#[derive(Debug, Clone, Serialize)]
pub struct Patient {
    /// As written.
    pub name: String,
    /// The medical record number.
    pub mrn: String,
    /// As recorded.
    pub gender: Gender,
    /// Where known.
    pub born: Option<Day>,
    /// Whether that is a guess.
    pub born_estimated: bool,
    /// Completed years today, or at death.
    pub age: Option<i64>,
    /// The date of death.
    pub died: Option<Day>,
    /// Earlier diseases and operations.
    pub history: Option<String>,
    /// Known allergies; None: nothing is recorded.
    pub allergies: Option<String>,
    /// What the patient takes; None: nothing is recorded.
    pub medications: Option<String>,
}

/// The figures that the database keeps of a record.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Completed visits.
    pub visits: i64,
    /// Scans.
    pub scans: i64,
    /// Predictions.
    pub predictions: i64,
    /// Doctors.
    pub doctors: i64,
    /// The first completed visit.
    pub first_visit: Option<String>,
    /// The last one.
    pub last_visit: Option<String>,
    /// The latest scan.
    pub last_scan: Option<String>,
    /// What the latest decided prediction says.
    pub disease_status: DiseaseStatus,
    /// The stage on it.
    pub disease_stage: Option<String>,
}

/// From when on a follow-up tells what is new.
#[derive(Debug, Clone, Serialize)]
pub struct Since {
    /// When.
    pub at: String,
    /// The report that told what was until then; None: it was the last visit.
    pub report: Option<Report>,
}

impl Patient {
    pub(super) fn new(person: &record::Person, moment: &Moment) -> Self {
        let until = person.date_of_death.unwrap_or(Day(moment.today));
        Self {
            name: person.name.clone(),
            mrn: person.mrn.clone(),
            gender: person.gender,
            born: person.date_of_birth,
            born_estimated: person.dob_estimated,
            age: person.date_of_birth.map(|born| born.years_until(until)),
            died: person.date_of_death,
            history: filled(&person.medical_history),
            allergies: filled(&person.allergies),
            medications: filled(&person.current_medications),
        }
    }
}

impl Figures {
    pub(super) fn new(viewing: &Viewing<'_>) -> Self {
        let figures = &viewing.record.figures;
        let at = |instant: Option<Instant>| instant.map(|instant| viewing.at(instant));
        Self {
            visits: figures.total_consultations,
            scans: figures.total_mri_scans,
            predictions: figures.total_predictions,
            doctors: figures.unique_doctors_count,
            first_visit: at(figures.first_visit_date),
            last_visit: at(figures.last_visit_date),
            last_scan: at(figures.last_scan_date),
            disease_status: figures.disease_status,
            disease_stage: filled(&figures.disease_stage),
        }
    }
}

/// Since when a follow-up tells what is new: the last report that was given out, else the last visit.
pub(super) fn since(viewing: &Viewing<'_>, kind: ReportType) -> Option<(Since, Instant)> {
    if kind != ReportType::FollowUp {
        return None;
    }
    if let Some((report, told)) = course::last_report(&viewing.record.reports) {
        return Some((Since { at: viewing.at(told), report: Some(viewing.report(report)) }, told));
    }
    let visit = completed(viewing.record, None).first()?.consultation_date;
    Some((Since { at: viewing.at(visit), report: None }, visit))
}

pub(super) fn responsible(viewing: &Viewing<'_>) -> Vec<Responsible> {
    let open = viewing.record.responsibilities.iter().filter(|row| row.ended_at.is_none());
    let mut open: Vec<_> = open.collect();
    open.sort_by_key(|row| (row.assignment_type, row.assignment_date, row.id));
    open.into_iter().map(|row| viewing.responsible(row)).collect()
}

pub(super) fn changes(
    viewing: &Viewing<'_>,
    in_order: &[&record::Prediction],
    extent: &Extent,
) -> Excerpt<course::Change> {
    let mut changes = course::changes(in_order);
    changes.retain(|(_, after)| is_new(after.created_at, extent.since));
    let rows: Vec<_> = changes.iter().collect();
    Excerpt::of(
        &rows,
        extent.changes,
        viewing.zone,
        |(_, after)| after.created_at,
        |(_, after)| after.binary_result.map(|result| result.word()),
        |(before, after)| course::Change {
            before: before.map(|before| viewing.prediction(before)),
            after: viewing.prediction(after),
        },
    )
}

pub(super) fn predictions(
    viewing: &Viewing<'_>,
    in_order: &[&record::Prediction],
    extent: &Extent,
) -> Excerpt<Prediction> {
    let new = in_order.iter().rev().filter(|prediction| is_new(prediction.created_at, extent.since));
    Excerpt::of(
        &new.copied().collect::<Vec<_>>(),
        extent.predictions,
        viewing.zone,
        |prediction| prediction.created_at,
        |prediction| prediction.binary_result.map(|result| result.word()),
        |prediction| viewing.prediction(prediction),
    )
}

pub(super) fn scans(viewing: &Viewing<'_>, extent: &Extent) -> Excerpt<Scan> {
    let new = |scan: &&record::Scan| is_new(scan.upload_timestamp, extent.since);
    let mut scans: Vec<_> = viewing.record.scans.iter().filter(new).collect();
    newest_first(&mut scans, |scan| (scan.time(), scan.id));
    let kind = |scan: &record::Scan| Some(scan.processing_status.word());
    Excerpt::of(&scans, extent.scans, viewing.zone, record::Scan::time, kind, |scan| viewing.scan(scan))
}

/// Completed visits, newest first: all, or those that took place since, or say something else since.
pub(super) fn completed(record: &Record, since: Option<Instant>) -> Vec<&record::Visit> {
    with_status(record, &[ConsultationStatus::Completed], |visit| {
        is_new(visit.consultation_date.max(visit.updated_at), since)
    })
}

pub(super) fn visits(viewing: &Viewing<'_>, visits: &[&record::Visit], most: usize) -> Excerpt<Visit> {
    let kind = |visit: &record::Visit| visit.consultation_type.map(|kind| kind.word());
    Excerpt::of(visits, most, viewing.zone, |visit| visit.consultation_date, kind, |visit| viewing.visit(visit))
}

pub(super) fn missed(viewing: &Viewing<'_>, extent: &Extent) -> Excerpt<Visit> {
    let statuses = [ConsultationStatus::NoShow, ConsultationStatus::Cancelled];
    let new = |visit: &record::Visit| is_new(visit.consultation_date.max(visit.updated_at), extent.since);
    let visits = with_status(viewing.record, &statuses, new);
    let kind = |visit: &record::Visit| Some(visit.status.word());
    let most = extent.visits / 2;
    Excerpt::of(&visits, most, viewing.zone, |visit| visit.consultation_date, kind, |visit| viewing.visit(visit))
}

pub(super) fn ahead(viewing: &Viewing<'_>, now: Instant, extent: &Extent) -> Excerpt<Visit> {
    let to_come = |visit: &record::Visit| visit.consultation_date >= now;
    let mut visits = with_status(viewing.record, &[ConsultationStatus::Scheduled], to_come);
    visits.reverse();
    self::visits(viewing, &visits, extent.visits)
}

pub(super) fn notes(viewing: &Viewing<'_>, extent: &Extent) -> Excerpt<Note> {
    let new = |note: &&record::Note| is_new(note.event_date.max(note.created_at), extent.since);
    let mut notes: Vec<_> = viewing.record.notes.iter().filter(new).collect();
    newest_first(&mut notes, |note| (note.event_date, note.id));
    let kind = |note: &record::Note| Some(note.severity.word());
    Excerpt::of(&notes, extent.notes, viewing.zone, |note| note.event_date, kind, |note| viewing.note(note))
}

/// Reports that were given out and that no newer revision replaces.
pub(super) fn reports(viewing: &Viewing<'_>, extent: &Extent) -> Excerpt<Report> {
    let all = &viewing.record.reports;
    let replaced: BTreeSet<Key> = all.iter().filter_map(|newer| newer.supersedes_id).collect();
    let mut reports: Vec<_> = all.iter().filter(|report| !replaced.contains(&report.id)).collect();
    newest_first(&mut reports, |report| (report.created_at, report.id));
    let kind = |report: &record::Report| Some(report.report_type.word());
    Excerpt::of(
        &reports,
        extent.reports,
        viewing.zone,
        |report| report.created_at,
        kind,
        |report| viewing.report(report),
    )
}

fn with_status<'a>(
    record: &'a Record,
    statuses: &[ConsultationStatus],
    keep: impl Fn(&record::Visit) -> bool,
) -> Vec<&'a record::Visit> {
    let chosen = record.visits.iter().filter(|visit| statuses.contains(&visit.status) && keep(visit));
    let mut visits: Vec<_> = chosen.collect();
    newest_first(&mut visits, |visit| (visit.consultation_date, visit.id));
    visits
}

fn is_new(at: Instant, since: Option<Instant>) -> bool {
    since.is_none_or(|since| at > since)
}
