//! The demo: a simulated cluster in this process, connected as a real one would be.

use std::path::Path;

use jiff::Timestamp;
use ops::{Error, Result, Role, ports::Accounts as _};
use secrecy::{ExposeSecret as _, SecretString};
use sim::{Sim, SimOptions};
use store::{AuthKind, Store, Trust};
use uuid::Uuid;

use crate::clusters::{NewCluster, add_cluster};

const USER: &str = "admin@demo";
const PASSWORD: &str = "demo-password";
const TOKEN: &str = "demo-token";
const CLUSTER: &str = "demo";

/// How the demo is set up.
pub struct DemoOptions {
    pub sim: SimOptions,
}

/// Who may use the demo. The same at every start on one data directory.
pub struct DemoUser {
    pub user: String,
    pub password: SecretString,
    pub token: SecretString,
}

/// A running simulated cluster and the way in.
pub struct Demo {
    pub sim: Sim,
    pub user: DemoUser,
}

impl Demo {
    /// Starts the simulator and connects it to the store over TLS, with pin and token.
    pub async fn start(store: &Store, options: DemoOptions, now: Timestamp) -> Result<Self> {
        let sim = Sim::start(options.sim)
            .await
            .map_err(|error| Error::internal(error.to_string()))?;
        // Its port and certificate are new at every start.
        store
            .clusters()
            .remove(CLUSTER)
            .await
            .map_err(Error::from)?;
        add_cluster(
            store,
            NewCluster {
                id: Some(CLUSTER.to_owned()),
                url: sim.url(),
                auth: AuthKind::Token,
                identity: sim.token_id(),
                secret: sim.token_secret().to_owned().into(),
                trust: Trust::Fingerprint(sim.fingerprint().to_owned()),
            },
            now,
        )
        .await?;
        let user = demo_user(store).await?;
        Ok(Self { sim, user })
    }

    /// The data directory of a demo that was given none.
    pub fn default_directory(data_home: &Path) -> std::path::PathBuf {
        data_home.join("demo")
    }
}

/// The account of the demo, made at the first start and kept encrypted afterwards.
async fn demo_user(store: &Store) -> Result<DemoUser> {
    let secrets = store.secrets();
    let kept = secrets.get(PASSWORD).await.map_err(Error::from)?;
    let password = match kept {
        Some(password) => password,
        None => {
            let password: SecretString = Uuid::new_v4().simple().to_string().into();
            store
                .create_user(USER, Role::Admin, password.expose_secret())
                .await?;
            secrets
                .put(PASSWORD, &password)
                .await
                .map_err(Error::from)?;
            password
        }
    };
    let token = match secrets.get(TOKEN).await.map_err(Error::from)? {
        Some(token) => token,
        None => {
            let made = store.create_token("demo", Role::Admin, true, USER).await?;
            let token: SecretString = made.token.into();
            secrets.put(TOKEN, &token).await.map_err(Error::from)?;
            token
        }
    };
    Ok(DemoUser {
        user: USER.to_owned(),
        password,
        token,
    })
}
