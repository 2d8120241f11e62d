//! Where a database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sea_orm::DbBackend;
use sea_orm::sqlx::postgres::PgConnectOptions;
use serde::{Deserialize, Serialize, Serializer};

/// A database's address: `sqlite:///absolute/path` or `postgres://user:password@host/name`.
///
/// Displays without the password, so that it can stand in logs and messages; [`DatabaseUrl::secret`] has it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl {
    backend: DbBackend,
    /// The whole address, the password included.
    text: String,
    /// The file of a SQLite database, absolute.
    file: Option<PathBuf>,
}

/// Why a text is no address of a database. Never holds the text: it may have a password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Neither SQLite nor PostgreSQL.
    #[error("a database URL starts with sqlite:// or postgres://")]
    Scheme,
    /// A database in memory is another one for each connection.
    #[error("a SQLite database is a file: sqlite:///absolute/path; databases in memory are not supported")]
    Memory,
    /// `sqlite://` without a path.
    #[error("a SQLite URL names a file: sqlite:///absolute/path")]
    NoFile,
    /// The path of a SQLite database cannot be made absolute.
    #[error("the SQLite path cannot be made absolute")]
    NotAbsolute,
    /// Characters that an address has no place for, or options on a SQLite URL.
    #[error("the SQLite path must be UTF-8 without `?`, `#` or `%`")]
    Characters,
}

impl DatabaseUrl {
    /// The SQLite database in `file`, which need not exist; a relative path counts from the working directory.
    pub fn sqlite(file: &Path) -> Result<Self, InvalidDatabaseUrl> {
        let file = std::path::absolute(file).map_err(|_| InvalidDatabaseUrl::NotAbsolute)?;
        let path = file.to_str().ok_or(InvalidDatabaseUrl::Characters)?;
        if path.contains(['?', '#', '%']) {
            return Err(InvalidDatabaseUrl::Characters);
        }
        Ok(Self { backend: DbBackend::Sqlite, text: format!("sqlite://{path}"), file: Some(file) })
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// The file of a SQLite database, absolute; none for PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Which database it is, whoever connects to it and how: the file, or server, port and name.
    pub fn place(&self) -> String {
        match (&self.file, self.text.parse::<PgConnectOptions>()) {
            (Some(file), _) => file.display().to_string(),
            (None, Ok(server)) => {
                let socket = server.get_socket().map(|socket| socket.display().to_string());
                let host = socket.unwrap_or_else(|| server.get_host().to_lowercase());
                let name = server.get_database().unwrap_or(server.get_username());
                format!("{host}:{}/{name}", server.get_port())
            }
            (None, Err(_)) => self.to_string(),
        }
    }

    /// The whole address with the password, for whoever connects.
    pub fn secret(&self) -> &str {
        &self.text
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self { backend: DbBackend::Postgres, text: text.to_owned(), file: None });
        }
        let path = text.strip_prefix("sqlite:").ok_or(InvalidDatabaseUrl::Scheme)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.contains(":memory:") || path.contains("mode=memory") {
            return Err(InvalidDatabaseUrl::Memory);
        }
        if path.is_empty() || path.ends_with('/') {
            return Err(InvalidDatabaseUrl::NoFile);
        }
        Self::sqlite(Path::new(path))
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = InvalidDatabaseUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// As it is displayed: without the password.
impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.text))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// `postgres://user:secret@host/name?password=secret` with `***` in both places.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let place = match rest.rsplit_once('@') {
        Some((user, place)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{place}"),
            None => format!("{user}@{place}"),
        },
        None => rest.to_owned(),
    };
    let query = query.map(|query| {
        let options = query.split('&').map(|option| match option.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
            _ => option.to_owned(),
        });
        format!("?{}", options.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{place}{}", query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap().to_string()
    }

    #[test]
    fn the_password_is_never_shown() {
        assert_eq!(shown("postgres://ada:s3:c@ret@db:5432/clinic"), "postgres://ada:***@db:5432/clinic");
        assert_eq!(shown("postgresql://ada@db/clinic"), "postgresql://ada@db/clinic");
        assert_eq!(
            shown("postgres:///clinic?host=/run&password=s3cret&sslmode=disable"),
            "postgres:///clinic?host=/run&password=***&sslmode=disable"
        );
        let url: DatabaseUrl = "postgres://ada:s3cret@db/clinic".parse().unwrap();
        assert!(!format!("{url:?}").contains("s3cret"));
        assert!(url.secret().contains("s3cret"));
    }

    #[test]
    fn a_place_is_the_same_whoever_connects() {
        let place = |text: &str| text.parse::<DatabaseUrl>().unwrap().place();
        assert_eq!(place("postgres://ada:s3cret@DB.example.org/clinic"), "db.example.org:5432/clinic");
        assert_eq!(
            place("postgres://bob:***@db.example.org:5432/clinic?sslmode=require"),
            "db.example.org:5432/clinic"
        );
        assert_ne!(place("postgres://ada@db/clinic"), place("postgres://ada@db/other"));
        assert_eq!(place("postgres://ada@localhost/clinic?host=/run/pg"), "/run/pg:5432/clinic");
        assert_eq!(place("sqlite:///srv/clinic.db"), "/srv/clinic.db");
    }

    #[test]
    fn a_sqlite_path_becomes_absolute() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(shown("sqlite:///srv/clinic.db"), "sqlite:///srv/clinic.db");
        assert_eq!(shown("sqlite:clinic.db"), format!("sqlite://{}/clinic.db", here.display()));
        assert_eq!(shown("sqlite://clinic.db"), format!("sqlite://{}/clinic.db", here.display()));
        let url: DatabaseUrl = "sqlite:///srv/clinic.db".parse().unwrap();
        assert_eq!(url.file(), Some(Path::new("/srv/clinic.db")));
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for (text, why) in [
            ("mysql://db/clinic", InvalidDatabaseUrl::Scheme),
            ("/srv/clinic.db", InvalidDatabaseUrl::Scheme),
            ("sqlite::memory:", InvalidDatabaseUrl::Memory),
            ("sqlite://", InvalidDatabaseUrl::NoFile),
            ("sqlite:///srv/", InvalidDatabaseUrl::NoFile),
            ("sqlite:///srv/clinic.db?mode=ro", InvalidDatabaseUrl::Characters),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>(), Err(why), "{text}");
        }
    }
}
