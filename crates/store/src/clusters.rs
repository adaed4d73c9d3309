//! The clusters that were connected. Their tokens and passwords are among the [`crate::Secrets`].

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    Store,
    columns::{from_ns, to_ns, word},
    db::query,
    error::{Doing as _, Error, Result, is_duplicate},
    secrets::Prepared,
};

const ID_CHARACTERS: usize = 64;

/// How the product signs in to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// `identity` is `name@realm`, the secret its password.
    Password,
    /// `identity` is `name@realm!token`, the secret the token's value.
    Token,
}

impl AuthKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "token",
        }
    }
}

/// Why the product believes that it talks to the right machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Trust {
    /// SHA-256 of the certificate, `AA:BB:…`.
    Fingerprint(String),
    /// Certificates of an authority, PEM.
    CaPem(String),
    /// The authorities of the system.
    System,
}

impl Trust {
    fn columns(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Fingerprint(fingerprint) => ("fingerprint", Some(fingerprint)),
            Self::CaPem(pem) => ("ca_pem", Some(pem)),
            Self::System => ("system", None),
        }
    }

    fn read(kind: &str, value: Option<String>) -> Result<Self> {
        match (kind, value) {
            ("fingerprint", Some(fingerprint)) => Ok(Self::Fingerprint(fingerprint)),
            ("ca_pem", Some(pem)) => Ok(Self::CaPem(pem)),
            ("system", None) => Ok(Self::System),
            _ => Err(Error::unreadable(
                "the trust in a cluster",
                format!("kind `{kind}`"),
            )),
        }
    }
}

/// One connected cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterRow {
    /// Unique and immutable: part of the identity of each guest.
    pub id: String,
    /// `https://HOST:PORT`.
    pub url: String,
    pub auth: AuthKind,
    /// The user or the token's id; see [`AuthKind`].
    pub identity: String,
    pub trust: Trust,
    pub created_at: Timestamp,
}

type Row = (String, String, String, String, String, Option<String>, i64);

/// The columns of [`Row`], in its order.
macro_rules! select_clusters {
    ($rest:literal) => {
        concat!(
            "SELECT id, url, auth, identity, trust, trust_value, created_at_ns FROM clusters ",
            $rest
        )
    };
}

/// The connected clusters.
#[derive(Clone, Debug)]
pub struct Clusters {
    store: Store,
}

impl Clusters {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Adds a cluster and its secret together; a taken id is a conflict.
    pub async fn add(&self, cluster: &ClusterRow, secret: &SecretString) -> Result<()> {
        const DOING: &str = "add a cluster";
        check_id(&cluster.id)?;
        let prepared = self.prepare(&cluster.id, secret).await?;
        let (trust, trust_value) = cluster.trust.columns();
        let mut tx = self.store.begin(DOING).await?;
        let added = query(
            "INSERT INTO clusters (id, url, auth, identity, trust, trust_value, created_at_ns) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&cluster.id)
        .bind(&cluster.url)
        .bind(cluster.auth.as_str())
        .bind(&cluster.identity)
        .bind(trust)
        .bind(trust_value)
        .bind(to_ns(cluster.created_at))
        .execute(&mut tx)
        .await;
        match added {
            Err(error) if is_duplicate(&error) => {
                return Err(Error::conflict(format!(
                    "there is already a cluster `{}`",
                    cluster.id
                )));
            }
            other => other.doing(DOING)?,
        };
        prepared.write(&mut tx, self.store.now_ns()).await?;
        tx.commit().await.doing(DOING)
    }

    /// Changes how a known cluster is reached and signed in to; id and time of the first connection
    /// stay.
    pub async fn update(&self, cluster: &ClusterRow, secret: &SecretString) -> Result<()> {
        const DOING: &str = "change a cluster";
        let prepared = self.prepare(&cluster.id, secret).await?;
        let (trust, trust_value) = cluster.trust.columns();
        let mut tx = self.store.begin(DOING).await?;
        let changed = query(
            "UPDATE clusters SET url = $2, auth = $3, identity = $4, trust = $5, trust_value = $6 \
             WHERE id = $1",
        )
        .bind(&cluster.id)
        .bind(&cluster.url)
        .bind(cluster.auth.as_str())
        .bind(&cluster.identity)
        .bind(trust)
        .bind(trust_value)
        .execute(&mut tx)
        .await
        .doing(DOING)?;
        if changed == 0 {
            return Err(Error::not_found(format!("cluster `{}`", cluster.id)));
        }
        prepared.write(&mut tx, self.store.now_ns()).await?;
        tx.commit().await.doing(DOING)
    }

    /// In the order of their connection.
    pub async fn list(&self) -> Result<Vec<ClusterRow>> {
        let rows: Vec<Row> = query(select_clusters!("ORDER BY created_at_ns, id"))
            .all(self.store.reader())
            .await
            .doing("list clusters")?;
        rows.into_iter().map(read).collect()
    }

    pub async fn get(&self, id: &str) -> Result<Option<ClusterRow>> {
        let row: Option<Row> = query(select_clusters!("WHERE id = $1"))
            .bind(id)
            .optional(self.store.reader())
            .await
            .doing("read a cluster")?;
        row.map(read).transpose()
    }

    /// The password or the token's value.
    pub async fn secret(&self, id: &str) -> Result<Option<SecretString>> {
        self.store.secrets().get(&secret_name(id)).await
    }

    /// Removes a cluster and its secret; false when there was none.
    pub async fn remove(&self, id: &str) -> Result<bool> {
        const DOING: &str = "remove a cluster";
        let mut tx = self.store.begin(DOING).await?;
        let removed = query("DELETE FROM clusters WHERE id = $1")
            .bind(id)
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        query("DELETE FROM secrets WHERE name = $1")
            .bind(secret_name(id))
            .execute(&mut tx)
            .await
            .doing(DOING)?;
        tx.commit().await.doing(DOING)?;
        Ok(removed == 1)
    }

    async fn prepare(&self, id: &str, secret: &SecretString) -> Result<Prepared> {
        self.store.secrets().prepare(secret_name(id), secret).await
    }
}

fn secret_name(id: &str) -> String {
    format!("cluster/{id}")
}

/// The id stands in front of the slash of `cluster/node/vmid` and in URLs.
fn check_id(id: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.len() > ID_CHARACTERS
        || !id.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !id.chars().all(plain)
    {
        return Err(Error::invalid(format!(
            "`{id}` cannot be the name of a cluster: use 1 to {ID_CHARACTERS} letters, digits, `-`, \
             `_` or `.`, and a letter or digit first"
        )));
    }
    Ok(())
}

fn read((id, url, auth, identity, trust, trust_value, created_at): Row) -> Result<ClusterRow> {
    Ok(ClusterRow {
        auth: word("the sign-in of a cluster", auth)?,
        trust: Trust::read(&trust, trust_value)?,
        created_at: from_ns(created_at)?,
        id,
        url,
        identity,
    })
}
