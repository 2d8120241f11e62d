//! The schema's roots: what the concepts bring, merged.

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder};

use crate::auth::rights::Allowed;
use crate::read::root::{Reads, RootField, RootRead, Roots};
use crate::read::shape::ShapeRef;
use crate::{
    account, assignment, consultation, dashboard, doctor, identity, imaging, live, patient, report, statistics,
    timeline,
};

/// Everything that the API can be asked.
#[derive(MergedObject, Default)]
pub(super) struct Query(Reads<Clinic>, account::ViewerQuery, dashboard::DashboardQuery, live::LiveQuery);

/// Everything that the API can be told.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    patient::PatientMutation,
    doctor::DoctorMutation,
    assignment::AssignmentMutation,
    consultation::ConsultationMutation,
    imaging::ImagingMutation,
    report::ReportMutation,
    report::ReportRequestMutation,
    report::pipeline::PipelineMutation,
    timeline::TimelineMutation,
    statistics::StatisticsMutation,
    account::AccountMutation,
    account::ApiKeyMutation,
    identity::IdentityMutation,
);

/// Everything that can be followed.
#[derive(MergedSubscription, Default)]
pub(super) struct Subscription(
    timeline::TimelineSubscription,
    report::ReportRequestSubscription,
    dashboard::DashboardSubscription,
);

pub(super) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

pub(super) fn build() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default()).data(dashboard::Figures::default())
}

/// Which roles may use which mutation.
pub(super) fn rights() -> impl Iterator<Item = (&'static str, Allowed)> {
    [
        patient::PatientMutation::RIGHTS,
        doctor::DoctorMutation::RIGHTS,
        assignment::AssignmentMutation::RIGHTS,
        consultation::ConsultationMutation::RIGHTS,
        imaging::ImagingMutation::RIGHTS,
        report::ReportMutation::RIGHTS,
        report::ReportRequestMutation::RIGHTS,
        report::pipeline::PipelineMutation::RIGHTS,
        timeline::TimelineMutation::RIGHTS,
        statistics::StatisticsMutation::RIGHTS,
        account::AccountMutation::RIGHTS,
        account::ApiKeyMutation::RIGHTS,
        identity::IdentityMutation::RIGHTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Which roles may follow what.
pub(super) fn followers() -> impl Iterator<Item = (&'static str, Allowed)> {
    let roots = [
        timeline::TimelineSubscription::RIGHTS,
        report::ReportRequestSubscription::RIGHTS,
        dashboard::DashboardSubscription::RIGHTS,
    ];
    roots.into_iter().flatten().copied()
}

pub(super) fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by();
    let mut sdl = build().finish().sdl_with_options(options);
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}

/// The root fields that are nothing but reads.
pub(super) struct Clinic;

static NODES: &[ShapeRef] = &[
    &patient::PATIENT,
    &doctor::DOCTOR,
    &assignment::ASSIGNMENT,
    &consultation::CONSULTATION,
    &consultation::REVISION,
    &imaging::SESSION,
    &imaging::SCAN,
    &imaging::PREDICTION,
    &report::REPORT,
    &report::REPORT_REQUEST,
    &timeline::TIMELINE_EVENT,
    &account::USER,
    &account::API_KEY,
];

static ANY: &[RootField] = &[
    RootField { name: "node", about: "Any record by its id.", reads: RootRead::Node },
    RootField { name: "nodes", about: "Records by their ids, in the same order.", reads: RootRead::Nodes },
];

impl Roots for Clinic {
    fn fields() -> impl Iterator<Item = &'static RootField> {
        [
            ANY,
            patient::ROOTS,
            doctor::ROOTS,
            assignment::ROOTS,
            consultation::ROOTS,
            imaging::ROOTS,
            report::ROOTS,
            account::ROOTS,
        ]
        .into_iter()
        .flatten()
    }
    fn nodes() -> &'static [ShapeRef] {
        NODES
    }
}
