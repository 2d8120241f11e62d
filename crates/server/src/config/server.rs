//! Where the server listens, who may reach it, and by which name.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::Uri;
use ipnet::IpNet;
use serde::{Deserialize, Serialize, Serializer};

/// Where the server listens, who may reach it, and where it keeps its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; port 0 takes a free one. Beyond loopback only under conditions, see [`crate::http::listen`].
    pub listen: SocketAddr,
    /// The directory of the SQLite database; made when it is missing.
    pub data: PathBuf,
    /// The address by which people reach the server.
    pub public_url: Option<PublicUrl>,
    /// The certificate for TLS and those that vouch for it, PEM.
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// Whose word about a client's address is believed; if there are any, nobody else is answered.
    pub trusted_proxies: Networks,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4000)),
            data: PathBuf::from("patientgraph-data"),
            public_url: None,
            tls_cert: None,
            tls_key: None,
            trusted_proxies: Networks::default(),
        }
    }
}

impl ServerSettings {
    /// Whether connections are encrypted by the server itself.
    pub fn has_tls(&self) -> bool {
        self.tls_cert.is_some()
    }

    /// Whether only programs on this machine reach the server, and nobody speaks for others.
    pub fn is_of_this_machine(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback() && self.trusted_proxies.is_empty()
    }

    /// How people reach the server that listens on `address`: no path, no slash at the end.
    pub fn url(&self, address: SocketAddr) -> String {
        if let Some(PublicUrl(url)) = &self.public_url {
            return url.clone();
        }
        let scheme = if self.has_tls() { "https" } else { "http" };
        if address.ip().is_unspecified() {
            return format!("{scheme}://localhost:{}", address.port());
        }
        format!("{scheme}://{address}")
    }
}

/// Networks, each as address and length: `10.0.0.0/28`, `fd00::/124`; an address alone is a network of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Networks(Vec<IpNet>);

/// Networks as settings write them: a list, or one text with commas.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<String>),
    Text(String),
}

impl Networks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Those of more than 16 addresses: too many to know who has them.
    pub fn large(&self) -> impl Iterator<Item = &IpNet> {
        self.0.iter().filter(|network| network.max_prefix_len() - network.prefix_len() > 4)
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl TryFrom<Written> for Networks {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::List(list) => list.iter().map(|text| network(text)).collect(),
            Written::Text(text) => text.split(',').filter(|part| !part.trim().is_empty()).map(network).collect(),
        }
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

/// A network as people write it.
///
/// # Errors
/// When it is none.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| {
        format!("`{text}` is no network: write a single address, or one with a length, 10.0.0.0/28 or fd00::/124")
    })
}

/// `https://records.example.org`: scheme, host and, where it is not the usual one, port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The host's name, without the port.
    pub fn host(&self) -> String {
        let uri = self.0.parse::<Uri>().ok();
        uri.and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether people reach the server by TLS.
    pub fn is_encrypted(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WHY: &str = "a public URL is scheme and host, and a port where it is not the usual one, without a path: \
                           https://records.example.org";
        let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| WHY)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or(WHY)?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(WHY)?;
        if !uri.path().trim_matches('/').is_empty() || uri.query().is_some() || text.contains('#') {
            return Err(WHY);
        }
        // Whoever is on the way could replace the page that a link leads to, and so have the password.
        if scheme == "http" && !is_this_machine(authority.host()) {
            return Err(
                "a public URL that other machines reach begins with https://: by http:// anybody on the way could \
                        replace the page where people choose their passwords",
            );
        }
        Ok(Self(format!("{scheme}://{}", authority.as_str().to_ascii_lowercase())))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a host's name, as URLs write it, means this machine wherever it is read.
pub fn is_this_machine(name: &str) -> bool {
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_addresses_in_either_form() {
        let networks: Networks =
            ["10.0.0.0/8", "fd00::/8", "192.0.2.7"].map(|text| network(text).unwrap()).into_iter().collect();
        for inside in ["10.255.0.1", "::ffff:10.1.2.3", "fd12::1", "192.0.2.7"] {
            assert!(networks.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["11.0.0.1", "fe80::1", "192.0.2.8", "::1"] {
            assert!(!networks.contains(outside.parse().unwrap()), "{outside}");
        }
        for none in ["10.0.0.0/33", "10.0.0/8", "proxy", ""] {
            assert!(network(none).is_err(), "{none}");
        }
        let large: Networks = ["10.0.0.0/28", "fd00::/124", "::1", "10.0.0.0/27", "fd00::/64"]
            .iter()
            .flat_map(|text| network(text))
            .collect();
        assert_eq!(large.large().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/27", "fd00::/64"]);
    }

    #[test]
    fn a_public_url_is_a_place_without_a_path() {
        let url: PublicUrl = "https://Records.example.org/".parse().unwrap();
        assert_eq!(
            (url.to_string().as_str(), url.host().as_str()),
            ("https://records.example.org", "records.example.org")
        );
        let url: PublicUrl = "http://[::1]:8080".parse().unwrap();
        assert_eq!(url.host(), "[::1]");
        assert!(["http://localhost:4000", "http://127.0.0.1"].iter().all(|url| url.parse::<PublicUrl>().is_ok()));
        for none in [
            "records.example.org",
            "ftp://a",
            "https://a/b",
            "https://a?b",
            "https://a#b",
            "https://u:p@a",
            "https://",
            "",
            "http://records.example.org",
            "http://10.0.0.5:4000",
            "http://localhost.example.org",
            "HTTP://0.0.0.0",
        ] {
            assert!(none.parse::<PublicUrl>().is_err(), "{none}");
        }
    }

    #[test]
    fn people_reach_it_where_it_is() {
        let mut settings = ServerSettings::default();
        let url = |settings: &ServerSettings, address: &str| settings.url(address.parse().unwrap());
        assert_eq!(url(&settings, "[::1]:4000"), "http://[::1]:4000");
        settings.tls_cert = Some("cert.pem".into());
        assert_eq!(url(&settings, "0.0.0.0:443"), "https://localhost:443");
        settings.public_url = "https://records.example.org".parse().ok();
        assert_eq!(url(&settings, "0.0.0.0:443"), "https://records.example.org");
    }
}
