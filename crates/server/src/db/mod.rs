//! Connections to the database.

pub mod prepare;
mod url;

pub use url::{DatabaseUrl, InvalidDatabaseUrl};

/// Connections.
#[derive(Clone)]
pub struct Db(sea_orm::DatabaseConnection);
/// Options.
pub struct DbOptions {
    /// At most.
    pub max_read_connections: u32,
    /// At most.
    pub acquire_timeout: std::time::Duration,
}
/// Errors.
pub type DbError = sea_orm::DbErr;

impl Db {
    /// Opens.
    pub async fn open(url: &DatabaseUrl, options: &DbOptions) -> Result<Db, DbError> {
        let mut connect = sea_orm::ConnectOptions::new(url.secret());
        connect.max_connections(options.max_read_connections).acquire_timeout(options.acquire_timeout);
        connect.sqlx_logging(false);
        Ok(Db(sea_orm::Database::connect(connect).await?))
    }
    /// Backend.
    pub fn backend(&self) -> sea_orm::DbBackend {
        self.0.get_database_backend()
    }
    /// Connection.
    pub fn connection(&self) -> &sea_orm::DatabaseConnection {
        &self.0
    }
    /// Ping.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.0.ping().await
    }
    /// Close.
    pub async fn close(self) -> Result<(), DbError> {
        self.0.close().await
    }
}
