//! How accounts sign in: who is signed in with which tokens, keys of programs, and one-time links; and indexes by which
//! it is found whose records a doctor or a program sees.
//!
//! Secrets are kept as SHA-256 of what was handed out: 256 random bits each, so that no slow hash is needed.

use sea_orm_migration::prelude::*;

use crate::form::{flag, instant, key, text};
use crate::table::{OnDelete::*, Table};

/// Part of every statement of a doctor and of a program: each has all that is asked.
const INDEXES: [&str; 2] = [
    "doctor_patient_assignments_open_doctor_id_patient_id_idx ON doctor_patient_assignments (doctor_id, patient_id) \
     WHERE ended_at IS NULL",
    "sessions_active_agent_id_patient_id_idx ON sessions (agent_id, patient_id) WHERE status = 'active'",
];

/// The tables behind signing in.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000006_sign_in"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        // One row per time that somebody signed in: all its tokens end with it.
        Table::new(backend, "sign_ins")
            .columns([
                key("id").required(),
                key("user_id").required(),
                instant("created_at").required(),
                instant("expires_at").required(),
                instant("ended_at"),
            ])
            .primary_key(&["id"])
            .references("user_id", "users", Cascade)
            .index(&["user_id"])
            .index(&["expires_at"])
            .create(manager)
            .await?;
        // Used ones stay until their sign-in is forgotten: one that comes back was stolen.
        Table::new(backend, "refresh_tokens")
            .columns([
                text("hash").required(),
                key("sign_in_id").required(),
                instant("created_at").required(),
                instant("used_at"),
            ])
            .primary_key(&["hash"])
            .references("sign_in_id", "sign_ins", Cascade)
            .index(&["sign_in_id"])
            .create(manager)
            .await?;
        Table::new(backend, "api_keys")
            .columns([
                key("id").required(),
                key("user_id").required(),
                text("name").required(),
                text("hash").required(),
                // The last characters, by which people tell keys apart.
                text("hint").required(),
                flag("may_intake").or_flag(false),
                flag("may_predict").or_flag(false),
                flag("may_report").or_flag(false),
                key("created_by"),
                instant("expires_at"),
                instant("revoked_at"),
            ])
            .mutable()
            .primary_key(&["id"])
            .unique(&["hash"])
            .check("scopes", "may_intake OR may_predict OR may_report")
            .references("user_id", "users", Cascade)
            .references("created_by", "users", Refuse)
            .index(&["user_id", "created_at", "id"])
            .index(&["created_by"])
            .create(manager)
            .await?;
        // A user has at most one that can be used: a new one replaces it.
        Table::new(backend, "account_links")
            .columns([
                key("user_id").required(),
                text("hash").required(),
                instant("created_at").required(),
                instant("expires_at").required(),
            ])
            .primary_key(&["user_id"])
            .unique(&["hash"])
            .references("user_id", "users", Cascade)
            .create(manager)
            .await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(&format!("CREATE INDEX {index}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in INDEXES {
            let name = index.split(' ').next().unwrap_or_default();
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        for table in ["account_links", "api_keys", "refresh_tokens", "sign_ins"] {
            manager.drop_table(sea_query::Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
