//! One state of the database for several statements of the ORM.

use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, TransactionOptions, TransactionTrait,
};

use super::{Adapted, Db, to_its_end};

impl Db {
    /// A transaction that reads, and whose statements all see the state that the first of them saw. Its connections are
    /// its own: a whole record takes longer than what the API answers, and those who wait for the one must not make
    /// those who wait for the other wait.
    ///
    /// # Errors
    /// When no connection is free in time, or the database does not answer.
    pub async fn snapshot(&self) -> Result<Adapted<DatabaseTransaction>, DbErr> {
        let connection = self.0.records.clone();
        // On SQLite these connections cannot write, and a transaction that reads sees one state.
        let options = match self.backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            _ => TransactionOptions::default(),
        };
        let begun = to_its_end(async move { connection.begin_with_options(options).await }).await;
        begun.map_err(|_| DbErr::Custom("the process is about to end".to_owned()))?
    }
}
