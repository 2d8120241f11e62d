//! A database's address as PostgreSQL's own programs take it: by the environment, where nobody else sees it.

use std::ffi::OsString;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::BackupError;
use crate::db::DatabaseUrl;

/// Query parameters of an address that only libpq's variables can carry, by the names that the driver knows.
const FILES: [(&str, &[&str]); 3] = [
    ("PGSSLROOTCERT", &["sslrootcert", "ssl-root-cert", "ssl-ca"]),
    ("PGSSLCERT", &["sslcert", "ssl-cert"]),
    ("PGSSLKEY", &["sslkey", "ssl-key"]),
];

/// The variables by which libpq reaches the database that the driver reaches by `url`. What the address does not say
/// comes from where both take it: PGPASSWORD and the password file.
pub(super) fn environment(url: &DatabaseUrl) -> Result<Vec<(&'static str, OsString)>, BackupError> {
    let options: PgConnectOptions = url.secret().parse().map_err(|_| BackupError::Address)?;
    let host = options.get_socket().map_or_else(|| options.get_host().into(), |socket| socket.as_os_str().to_owned());
    let mut variables: Vec<(&'static str, OsString)> = vec![
        ("PGHOST", host),
        ("PGPORT", options.get_port().to_string().into()),
        ("PGUSER", options.get_username().into()),
        ("PGDATABASE", options.get_database().unwrap_or(options.get_username()).into()),
        ("PGSSLMODE", ssl_mode(options.get_ssl_mode()).into()),
    ];
    variables.extend(options.get_options().map(|options| ("PGOPTIONS", options.into())));
    let parameters = parameters(url.secret());
    let given = |names: &[&str]| {
        let mut named = parameters.iter().filter(|(name, _)| names.contains(&name.as_str()));
        named.next_back().map(|(_, value)| value.into())
    };
    variables.extend(FILES.iter().filter_map(|(variable, names)| Some((*variable, given(names)?))));
    let password = given(&["password"]).or_else(|| password(url.secret()).map(Into::into));
    variables.extend(password.map(|password| ("PGPASSWORD", password)));
    Ok(variables)
}

fn ssl_mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

/// `secret` of `postgres://user:secret@host/name`.
fn password(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let (_, password) = authority.rsplit_once('@')?.0.split_once(':')?;
    Some(decoded(password))
}

/// Names and values after the `?`.
fn parameters(url: &str) -> Vec<(String, String)> {
    let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(&value.replace('+', " ")))).collect()
}

/// A text with its `%XX` resolved.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(url: &str, name: &str) -> Option<String> {
        let variables = environment(&url.parse().unwrap()).unwrap();
        variables.into_iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.into_string().unwrap())
    }

    #[test]
    fn an_address_becomes_variables() {
        let url =
            "postgres://ada:s3%40c%3Aret@db.example.org:5433/clinic?sslmode=verify-full&sslrootcert=/etc/a%20b.pem";
        for (name, value) in [
            ("PGHOST", "db.example.org"),
            ("PGPORT", "5433"),
            ("PGUSER", "ada"),
            ("PGDATABASE", "clinic"),
            ("PGPASSWORD", "s3@c:ret"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "/etc/a b.pem"),
        ] {
            assert_eq!(variable(url, name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(variable("postgres://ada@db/clinic", "PGPASSWORD"), None);
        assert_eq!(variable("postgres://ada@db", "PGDATABASE").as_deref(), Some("ada"));
    }

    #[test]
    fn a_socket_a_password_and_options_may_stand_behind() {
        let url = "postgres://postgres@localhost/clinic?host=/run/postgresql&password=a+b%25&options=-c%20x.y%3D1";
        assert_eq!(variable(url, "PGHOST").as_deref(), Some("/run/postgresql"));
        assert_eq!(variable(url, "PGPASSWORD").as_deref(), Some("a b%"));
        assert_eq!(variable(url, "PGOPTIONS").as_deref(), Some("-c x.y=1"));
    }
}
