//! The statements behind the making of reports. They see every request: who may claim one may claim any.

use chrono::TimeDelta;
use entity::report_status::{ActiveModel, Column, Entity, Model};
use entity::vocabulary::{ReportType, RequestStatus};
use entity::{Instant, Key, patients};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, NullOrdering, Order};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use crate::db::Tx;

/// So many lost attempts are counted in one transaction.
pub(super) const AT_ONCE: u64 = 100;
/// By so much the clocks of servers may differ.
const GRACE: TimeDelta = TimeDelta::seconds(5);

/// The live request for the same report, if there is one.
pub async fn live(tx: &Tx, patient: Key, wanted: &ActiveModel) -> Result<Option<Model>, DbErr> {
    let same = |column: Column, key: Option<Key>| match key {
        Some(key) => column.eq(key),
        None => column.is_null(),
    };
    Entity::find()
        .filter(Column::Status.is_in([RequestStatus::Pending, RequestStatus::Generating]))
        .filter(Column::PatientId.eq(patient))
        .filter(Column::ReportType.eq(wanted.report_type.clone().take().unwrap_or(ReportType::Comprehensive)))
        .filter(same(Column::PredictionId, wanted.prediction_id.clone().take().flatten()))
        .filter(same(Column::MriScanId, wanted.mri_scan_id.clone().take().flatten()))
        .filter(same(Column::SessionId, wanted.session_id.clone().take().flatten()))
        .lock_exclusive()
        .one(&**tx)
        .await
}

/// The last turn of the patient's requests that wait or are worked on.
pub async fn last_turn(tx: &Tx, patient: Key) -> Result<Option<Instant>, DbErr> {
    let turns = Entity::find().select_only().expr(Column::TurnAt.max()).filter(Column::PatientId.eq(patient));
    let open = turns.filter(Column::Status.is_in([RequestStatus::Pending, RequestStatus::Generating]));
    Ok(open.into_tuple::<Option<Instant>>().one(&**tx).await?.flatten())
}

/// Whether a request of these types waits whose time has come; asked before a transaction is begun for it.
pub(super) async fn is_due(db: &impl ConnectionTrait, types: &[ReportType], now: Instant) -> Result<bool, DbErr> {
    any(db, due(types, now)).await
}

/// Whether an attempt is lost; asked before a transaction is begun for it.
pub(super) async fn any_lost(db: &impl ConnectionTrait, now: Instant) -> Result<bool, DbErr> {
    any(db, lost_at(now)).await
}

async fn any(db: &impl ConnectionTrait, which: Condition) -> Result<bool, DbErr> {
    let first = Entity::find().select_only().column(Column::Id).filter(which).into_tuple::<Key>();
    Ok(first.one(db).await?.is_some())
}

/// The request to work on next, if nobody else is about to take it: the most urgent, of these the one whose turn it is.
/// An index has them in this order.
pub(super) async fn next(tx: &Tx, types: &[ReportType], now: Instant) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(due(types, now))
        .order_by_desc(Column::Priority)
        .order_by_with_nulls(Column::TurnAt, Order::Asc, NullOrdering::First)
        .order_by_asc(Column::Id)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .one(&**tx)
        .await
}

/// How many requests a program works on.
pub(super) async fn held_by(tx: &Tx, agent: Key) -> Result<u64, DbErr> {
    Entity::find().filter(GENERATING.expr()).filter(Column::ClaimedBy.eq(agent)).count(&**tx).await
}

/// Attempts whose lease has run out, or that have none: nobody works on them.
pub(super) async fn lost(tx: &Tx, now: Instant) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(lost_at(now))
        .order_by_asc(Column::LeasedUntil)
        .limit(AT_ONCE)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .all(&**tx)
        .await
}

/// The request that an attempt is at.
pub(super) async fn of_lease(tx: &Tx, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::LeaseHash.eq(hash)).one(&**tx).await
}

/// The same, and nobody changes it until the end of the transaction.
pub(super) async fn locked(tx: &Tx, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::LeaseHash.eq(hash)).lock(LockType::NoKeyUpdate).one(&**tx).await
}

/// Prolongs a lease. It is no new version of the request: nothing of it changes that people edit.
pub(super) async fn prolong(tx: &Tx, request: Key, until: Instant) -> Result<(), DbErr> {
    let columns = ActiveModel { leased_until: Set(Some(until)), ..Default::default() };
    Entity::update_many().set(columns).filter(Column::Id.eq(request)).exec(&**tx).await.map(|_| ())
}

/// The patient, held like one whose report is released: nobody else writes one meanwhile.
pub(super) async fn patient(tx: &Tx, key: Key) -> Result<Option<patients::Model>, DbErr> {
    patients::Entity::find_by_id(key).lock(LockType::NoKeyUpdate).one(&**tx).await
}

/// Whether the patient's record is archived.
pub(super) async fn is_archived(tx: &Tx, patient: Key) -> Result<bool, DbErr> {
    let archived = patients::Entity::find_by_id(patient).filter(patients::Column::ArchivedAt.is_not_null());
    Ok(archived.count(&**tx).await? > 0)
}

/// A state as statements have it: spelled out, so that plans that are kept know which indexes are good for it.
struct Spelled(&'static str);

const PENDING: Spelled = Spelled("report_status.status = 'pending'");
const GENERATING: Spelled = Spelled("report_status.status = 'generating'");

impl Spelled {
    fn expr(&self) -> Expr {
        Expr::cust(self.0)
    }
}

fn due(types: &[ReportType], now: Instant) -> Condition {
    let readable = patients::Entity::find()
        .select_only()
        .expr(Expr::cust("1"))
        .filter(Expr::col(("patients", "patient_id")).equals(("report_status", "patient_id")))
        .filter(patients::Column::ArchivedAt.is_null())
        .into_query();
    Condition::all()
        .add(PENDING.expr())
        .add(Column::ReportType.is_in(types.iter().copied()))
        .add(Condition::any().add(Column::NextAttemptAt.is_null()).add(Column::NextAttemptAt.lte(now)))
        .add(Expr::exists(readable))
}

/// Clocks of servers differ a little: whoever is a moment late by another's clock is given that moment.
fn lost_at(now: Instant) -> Condition {
    let over = Instant::new(now.utc() - GRACE);
    let over = Condition::any().add(Column::LeasedUntil.is_null()).add(Column::LeasedUntil.lte(over));
    Condition::all().add(GENERATING.expr()).add(over)
}
