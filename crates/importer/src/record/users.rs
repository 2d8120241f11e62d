//! `users`: accounts, with their old names to sign in with.

use entity::vocabulary::Role;
use entity::{Key, users};
use rusqlite::OptionalExtension;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Account, Taken};
use crate::ledger::{Entry, Fate, fits, source_key};
use crate::source::Row;
use crate::value::number::truth;
use crate::value::text::{exact, is_blank};
use crate::value::word;

/// What administrators of the old system are made with.
const DEFAULT_PASSWORD: &str = "Admin123";

/// The costs of hashes that are checked at sign-in.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;

/// The columns that have a place here, or in the doctor or patient whose account it is.
const PLACED: [&str; 17] = [
    "id",
    "username",
    "email",
    "password_hash",
    "name",
    "role",
    "user_type",
    "age",
    "gender",
    "specialization",
    "license_number",
    "phone",
    "address",
    "is_active",
    "created_at",
    "updated_at",
    "last_login",
];

/// The name of who has none.
pub(super) const NAMELESS: &str = "Unknown";

impl Judging<'_> {
    pub(super) fn users(&mut self) -> Result<(), Failure> {
        self.each("users", |judging, row| judging.user(row))
    }

    fn user(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let id = row.get("id");
        let Some((mut entry, earlier)) = self.enter("users", row, id)? else { return Ok(()) };
        if is_blank(id) {
            entry.find(Code::UserIdMissing);
            self.close(entry, Fate::Quarantined(Code::UserIdMissing), None);
            return Ok(());
        }
        let role = row.get(if row.has("role") { "role" } else { "user_type" });
        let Some(role) = exact(role).and_then(word::role) else {
            entry.find(Code::UserRoleUnknown);
            self.close(entry, Fate::Quarantined(Code::UserRoleUnknown), None);
            return Ok(());
        };
        if entry.earlier {
            self.index.add_account(id, Account { key: earlier.and_then(|earlier| earlier.key), role })?;
            self.close(entry, Fate::Rebuilt, None);
            return Ok(());
        }
        let user = self.account(&mut entry, role)?;
        self.index.add_account(id, Account { key: Some(user.id), role })?;
        let key = user.id;
        self.out.user(user);
        self.close(entry, Fate::Migrated(key), None);
        Ok(())
    }

    fn account(&mut self, entry: &mut Entry<'_>, role: Role) -> Result<users::Model, Failure> {
        let row = entry.row;
        let name = entry.words("name").map(|name| entry.short("name", name)).unwrap_or_else(|| {
            entry.find(Code::UserNameBlank);
            NAMELESS.to_owned()
        });
        let password_hash = password(entry, role);
        let email = self.email(entry)?;
        let username = self.username(entry, email.as_deref())?;
        let is_active = !row.has("is_active") || active(entry);
        let created = self.time(entry, "created_at", Code::UserDateUnparseable);
        let updated = self.time(entry, "updated_at", Code::UserDateUnparseable);
        let last_login = self.time(entry, "last_login", Code::UserDateUnparseable);
        self.time(entry, "last_active", Code::UserDateUnparseable);
        entry.keep_others(&PLACED);
        // The rest of these is the doctor's or the patient's here.
        let homeless: &[&'static str] = match role {
            Role::Doctor => &["age", "gender", "address"],
            Role::Patient if self.named_by("patients", "patient_id", entry.row.get("id"))?.is_none() => {
                &["age", "gender", "specialization", "license_number", "phone", "address"]
            }
            Role::Patient => &["specialization", "license_number"],
            _ => &["age", "gender", "specialization", "license_number", "phone", "address"],
        };
        homeless.iter().for_each(|column| entry.keep(Code::ColumnNoPlace, column));
        let created_at = created.unwrap_or(self.terms.now);
        let id = self.key(1, row.rowid(), created_at);
        let updated_at = updated.unwrap_or(created_at).max(created_at);
        Ok(users::Model {
            id,
            username,
            email,
            password_hash,
            name,
            role,
            is_active,
            last_login,
            created_at,
            updated_at,
            version: 1,
        })
    }

    fn email(&mut self, entry: &mut Entry<'_>) -> Result<Option<String>, Failure> {
        if is_blank(entry.row.get("email")) {
            if entry.row.get("email") != ValueRef::Null {
                entry.find(Code::UserEmailBlank);
            }
            return Ok(None);
        }
        let Some(email) = entry.words("email").map(|email| entry.short("email", email)) else { return Ok(None) };
        if self.index.take(Taken::Email, &email)? {
            return Ok(Some(email));
        }
        entry.repair(Code::UserEmailTaken, "email");
        Ok(None)
    }

    /// The old user name. Who has none signed in by the id of the doctor or patient.
    fn username(&mut self, entry: &mut Entry<'_>, email: Option<&str>) -> Result<String, Failure> {
        let mut username = match entry.words("username") {
            Some(username) => entry.short("username", username),
            None => {
                entry.find(Code::UserUsernameMissing);
                let id = entry.row.get("id");
                let of = |table, column| self.named_by(table, column, id);
                let owner = of("doctors", "doctor_id")?.or(of("patients", "patient_id")?);
                let mut name = owner.or_else(|| email.map(str::to_owned)).unwrap_or_else(|| entry.name());
                // Whoever has the name in the old file keeps it.
                while self.is_username(&name)? {
                    name.push_str("-old");
                }
                name
            }
        };
        if !self.index.take(Taken::Username, &username)? {
            entry.repair(Code::UserUsernameTaken, "username");
            while !self.index.take(Taken::Username, &username)? {
                username.push_str("-old");
            }
        }
        Ok(username)
    }

    /// Whether an account of the old file has this very user name.
    fn is_username(&self, name: &str) -> Result<bool, Failure> {
        if !self.source.schema().has("users", "username") {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM main.users WHERE username = ?1";
        Ok(self.source.connection().prepare_cached(sql)?.exists([name])?)
    }

    /// The id of the doctor or patient whose account it is.
    fn named_by(&self, table: &str, column: &str, user: ValueRef<'_>) -> Result<Option<String>, Failure> {
        if !self.source.schema().has(table, column) || !self.source.schema().has(table, "user_id") {
            return Ok(None);
        }
        let sql = format!("SELECT {column} FROM main.{table} WHERE user_id = ?1");
        let mut statement = self.source.connection().prepare_cached(&sql)?;
        let id = statement.query_row([ToSqlOutput::Borrowed(user)], |row| Ok(source_key(row.get_ref(0)?)));
        Ok(id.optional()?.flatten())
    }

    /// A column of an account, as text, for the doctor or patient whose account it is.
    pub(super) fn of_account(&self, user: ValueRef<'_>, column: &str) -> Result<Option<String>, Failure> {
        if !self.source.schema().has("users", column) {
            return Ok(None);
        }
        let sql = format!("SELECT {column} FROM main.users WHERE id = ?1");
        let mut statement = self.source.connection().prepare_cached(&sql)?;
        let text = statement.query_row([ToSqlOutput::Borrowed(user)], |row| {
            let cell = row.get_ref(0)?;
            Ok(if is_blank(cell) { None } else { crate::value::text::text(cell).0 })
        });
        Ok(text.optional()?.flatten().filter(|text| !text.trim().is_empty()))
    }

    /// The address of an account, as the doctor's or patient's. What is too long to be looked up by is none.
    pub(super) fn email_of(&self, user: ValueRef<'_>) -> Result<Option<String>, Failure> {
        Ok(self.of_account(user, "email")?.filter(|email| fits(email)))
    }
}

/// The hash, where it is a bcrypt hash and not the default password's. What is left out is not kept aside: it is a secret.
fn password(entry: &mut Entry<'_>, role: Role) -> Option<String> {
    let cell = entry.row.get("password_hash");
    if cell == ValueRef::Null {
        return None;
    }
    let Some(hash) = exact(cell).filter(|hash| is_bcrypt(hash)) else {
        entry.find(Code::UserPasswordNotBcrypt);
        return None;
    };
    if role == Role::Patient {
        entry.find(Code::UserPatientPassword);
        return None;
    }
    if role == Role::Admin && bcrypt::verify(DEFAULT_PASSWORD, hash).unwrap_or(false) {
        entry.find(Code::UserDefaultPassword);
        return None;
    }
    Some(hash.to_owned())
}

fn is_bcrypt(hash: &str) -> bool {
    let bytes = hash.as_bytes();
    let form = bytes.len() == 60 && matches!(&bytes[..4], b"$2a$" | b"$2b$" | b"$2y$") && bytes[6] == b'$';
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"./".contains(byte);
    // One that costs more is not checked at sign-in either: it would take minutes, or days.
    let cost = hash.get(4..6).and_then(|cost| cost.parse::<u32>().ok()).filter(|cost| COSTS.contains(cost));
    form && cost.is_some() && bytes[7..].iter().all(base64)
}

fn active(entry: &mut Entry<'_>) -> bool {
    truth(entry.row.get("is_active")).unwrap_or_else(|| {
        entry.repair(Code::UserActiveUnreadable, "is_active");
        false
    })
}

/// The account of a row that names one: its key, where it has the role.
pub(super) fn key_of(account: Option<Account>, role: Role) -> Option<Key> {
    account.filter(|account| account.role == role).and_then(|account| account.key)
}
