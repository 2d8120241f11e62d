//! What mutations of accounts check and write.

use entity::vocabulary::Role;
use entity::{Instant, Key, account_links, doctors, patients, users};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::input::{Links, NewUser, UserChange};
use super::{User, access};
use crate::auth::secret::Secret;
use crate::db::{Db, Tx};
use crate::doctor::Doctor;
use crate::identity;
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Checks, Record, Refusal, Target, UserError, UserErrorCode};
use crate::patient::Patient;

impl Record for User {
    type Table = users::Entity;
    const NAME: &'static str = "account";
}

/// The end of an account.
pub struct Closing(pub(super) Target);

/// The end of an account's password.
pub struct Reset(pub(super) Target);

/// An account, with the secret of the link by which its password can be chosen; programs have none.
pub struct Opened {
    /// The account.
    pub user: Key,
    /// What the person is to be given. It is not kept.
    pub link: Option<Secret>,
}

impl Change for NewUser {
    type Done = Opened;

    /// Opens an account.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Opened, Refusal> {
        let mut checks = self.checks.clone();
        let owner = Owner::find(tx, act, &mut checks, &self.links, None).await?;
        owner.check(&mut checks, self.columns.role.clone().take());
        checks.finish()?;
        let user = store::insert::<User>(tx, act, self.columns.clone()).await?;
        owner.link(tx, user).await?;
        let person = self.columns.role.clone().take() != Some(Role::Agent);
        let link = if person { Some(identity::store::new_link(tx, user, act.now()).await?) } else { None };
        Ok(Opened { user, link })
    }
}

impl Change for UserChange {
    type Done = Key;
    const TOUCHES_ACCOUNTS: bool = true;

    /// Changes an account, unless nobody could run the clinic any more. Whoever is signed in to it is out when it is
    /// disabled or becomes something else.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let (given_role, given_active) = (self.columns.role.clone().take(), self.columns.is_active.clone().take());
        let resigns = given_role.is_some_and(|role| role != Role::Admin) || given_active == Some(false);
        let admins = if resigns { admins(tx, act).await? } else { Vec::new() };
        let user = self.target.open::<User>(tx, act, &mut checks).await?;
        let owner = Owner::find(tx, act, &mut checks, &self.links, Some(user.id)).await?;
        let role = given_role.unwrap_or(user.role);
        owner.check(&mut checks, Some(role));
        if resigns {
            keep_an_admin(&mut checks, &admins, &user, if role == Role::Admin { "isActive" } else { "role" });
        }
        checks.finish()?;
        store::save::<User>(tx, act, &user, self.columns.clone()).await?;
        owner.link(tx, user.id).await?;
        if role != user.role || given_active == Some(false) {
            identity::store::end_all(tx, user.id, None, act.now()).await?;
            identity::store::drop_link(tx, user.id).await?;
        }
        Ok(user.id)
    }
}

impl Change for Reset {
    type Done = Opened;
    const TOUCHES_ACCOUNTS: bool = true;

    /// Takes the password away, ends what was begun with it, and makes a link for a new one.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Opened, Refusal> {
        let mut checks = Checks::default();
        let user = self.0.open::<User>(tx, act, &mut checks).await?;
        if user.role == Role::Agent {
            checks.problem(UserError::transition(&["id"], "A program has no password. Make it a key instead."));
        } else if !user.is_active {
            checks.problem(UserError::transition(&["id"], "The account is disabled. Enable it first."));
        }
        checks.finish()?;
        let without = users::ActiveModel { password_hash: Set(None), ..Default::default() };
        let user = store::save::<User>(tx, act, &user, without).await?;
        identity::store::end_all(tx, user, None, act.now()).await?;
        Ok(Opened { user, link: Some(identity::store::new_link(tx, user, act.now()).await?) })
    }
}

impl Change for Closing {
    type Done = Key;
    const TOUCHES_ACCOUNTS: bool = true;

    /// Deletes an account that nobody names or has, unless nobody could run the clinic any more.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let admins = admins(tx, act).await?;
        let user = self.0.open::<User>(tx, act, &mut checks).await?;
        keep_an_admin(&mut checks, &admins, &user, "id");
        checks.finish()?;
        let in_use = "Records, a doctor or a patient name this account. Disable it instead.";
        store::delete::<User>(tx, &user, in_use).await
    }
}

/// A password that an account is given without a link.
pub(super) struct GivenPassword {
    pub(super) account: Key,
    pub(super) hash: String,
}

impl Change for GivenPassword {
    type Done = ();
    const TOUCHES_ACCOUNTS: bool = true;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<(), Refusal> {
        identity::store::set_password(tx, self.account, &self.hash).await?;
        identity::store::drop_link(tx, self.account).await?;
        Ok(identity::store::end_all(tx, self.account, None, act.now()).await?)
    }
}

/// All accounts, by name.
pub(super) async fn all(db: &Db) -> Result<Vec<users::Model>, DbErr> {
    users::Entity::find().order_by_asc(users::Column::Username).all(db.lookups()).await
}

/// The account with this name.
pub(super) async fn named(db: &Db, username: &str) -> Result<Option<users::Model>, DbErr> {
    users::Entity::find().filter(users::Column::Username.eq(username)).one(db.lookups()).await
}

/// Those who have a one-time link that can be used now.
pub(super) async fn invited(db: &Db, now: Instant) -> Result<Vec<Key>, DbErr> {
    let links = account_links::Entity::find().filter(account_links::Column::ExpiresAt.gt(now));
    Ok(links.all(db.lookups()).await?.into_iter().map(|link| link.user_id).collect())
}

/// Whether an active administrator has a password.
pub(super) async fn an_administrator_has_a_password(db: &Db) -> Result<bool, DbErr> {
    let admins = users::Entity::find().filter(users::Column::Role.eq(Role::Admin));
    let able = admins.filter(users::Column::IsActive.eq(true)).filter(users::Column::PasswordHash.is_not_null());
    Ok(able.one(db.lookups()).await?.is_some())
}

/// The active administrators, locked, so that two who give up their role at once do not both rely on the other. They
/// are locked before the account itself and in one order, so that many who do so wait for each other and do not meet.
async fn admins(tx: &Tx, act: &Act) -> Result<Vec<users::Model>, Refusal> {
    let admins = users::Entity::find()
        .filter(users::Column::Role.eq(Role::Admin))
        .filter(users::Column::IsActive.eq(true))
        .filter(access::visible_to(act.viewer(), "users"))
        .order_by_asc(users::Column::Id)
        .lock(LockType::NoKeyUpdate);
    Ok(admins.all(&**tx).await?)
}

/// A problem at `field` where this account is the last active administrator's.
fn keep_an_admin(checks: &mut Checks, admins: &[users::Model], user: &users::Model, field: &str) {
    if user.role == Role::Admin && user.is_active && admins.iter().all(|admin| admin.id == user.id) {
        let message = "This is the last active administrator. Make another one first.";
        checks.problem(UserError::at(&[field], UserErrorCode::LastAdmin, message));
    }
}

/// Who has an account: as it was, and as it is to be.
struct Owner {
    doctor: Option<Key>,
    patient: Option<Key>,
    /// Whom the account has to be taken from.
    was: (Option<Key>, Option<Key>),
}

impl Owner {
    /// Finds whoever has the account now and whoever is to have it.
    async fn find(tx: &Tx, act: &Act, checks: &mut Checks, links: &Links, user: Option<Key>) -> Result<Self, Refusal> {
        let (given_patient, given_doctor) = (links.patient.clone().take(), links.doctor.clone().take());
        let patient =
            store::refer::<Patient>(tx, act, checks, &["patientId"], given_patient.flatten(), Hold::Alone).await?;
        let doctor =
            store::refer::<Doctor>(tx, act, checks, &["doctorId"], given_doctor.flatten(), Hold::Alone).await?;
        if patient.is_some_and(|patient| patient.user_id.is_some() && patient.user_id != user) {
            checks.problem(has_one(&["patientId"], "patient"));
        }
        if doctor.is_some_and(|doctor| doctor.user_id.is_some() && doctor.user_id != user) {
            checks.problem(has_one(&["doctorId"], "doctor"));
        }
        let was = match user {
            Some(user) => owned_by(tx, user).await?,
            None => (None, None),
        };
        Ok(Self { patient: given_patient.unwrap_or(was.0), doctor: given_doctor.unwrap_or(was.1), was })
    }

    /// A role fits whose account it is.
    fn check(&self, checks: &mut Checks, role: Option<Role>) {
        if self.doctor.is_some() && role != Some(Role::Doctor) {
            let message = "Only an account with the role DOCTOR belongs to a doctor. Change the role, or clear this.";
            checks.problem(UserError::invalid(&["doctorId"], message));
        }
        if self.patient.is_some() && role != Some(Role::Patient) {
            let message = "Only an account with the role PATIENT belongs to a patient. Change the role, or clear this.";
            checks.problem(UserError::invalid(&["patientId"], message));
        }
    }

    /// Takes the account from whoever had it, and gives it to whoever is to have it.
    async fn link(&self, tx: &Tx, user: Key) -> Result<(), Refusal> {
        for (key, user) in [(self.was.0, None), (self.patient, Some(user))] {
            if let Some(key) = key
                && self.was.0 != self.patient
            {
                let row = patients::ActiveModel { user_id: Set(user), ..Default::default() };
                let own = patients::Column::PatientId.eq(key);
                patients::Entity::update_many().set(row).filter(own).exec(&**tx).await?;
            }
        }
        for (key, user) in [(self.was.1, None), (self.doctor, Some(user))] {
            if let Some(key) = key
                && self.was.1 != self.doctor
            {
                let row = doctors::ActiveModel { user_id: Set(user), ..Default::default() };
                let own = doctors::Column::DoctorId.eq(key);
                doctors::Entity::update_many().set(row).filter(own).exec(&**tx).await?;
            }
        }
        Ok(())
    }
}

fn has_one(path: &[&str], what: &str) -> UserError {
    UserError::at(path, UserErrorCode::Taken, format!("The {what} has another account already. Clear that one first."))
}

/// The patient and the doctor whose account it is, whoever asks: an account has at most one of each, and what is not
/// seen must not be linked twice.
async fn owned_by(tx: &Tx, user: Key) -> Result<(Option<Key>, Option<Key>), Refusal> {
    let patient = patients::Entity::find().filter(patients::Column::UserId.eq(user)).one(&**tx).await?;
    let doctor = doctors::Entity::find().filter(doctors::Column::UserId.eq(user)).one(&**tx).await?;
    Ok((patient.map(|patient| patient.patient_id), doctor.map(|doctor| doctor.doctor_id)))
}
