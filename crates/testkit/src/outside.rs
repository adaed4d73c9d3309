//! Somebody else who works on the same cluster, past the product.

use jiff::Timestamp;
use pve::{ApiPath, Client, Method, Params};
use serde_json::Value;
use sim::Sim;
use store::{AuthKind, ClusterRow, Trust};

/// Name of the volume that fills a storage.
const FILLER: &str = "vm-999-disk-0";

/// The root user of the cluster, with a client of their own.
#[derive(Debug)]
pub struct Outside<'a> {
    sim: &'a Sim,
    client: Client,
}

impl<'a> Outside<'a> {
    /// Root, by password.
    pub(crate) fn of(sim: &'a Sim) -> Self {
        Self::signed_in(
            sim,
            AuthKind::Password,
            sim.user().to_owned(),
            sim.password(),
        )
    }

    /// Whoever holds the product's token.
    pub(crate) fn with_token(sim: &'a Sim) -> Self {
        Self::signed_in(sim, AuthKind::Token, sim.token_id(), sim.token_secret())
    }

    fn signed_in(sim: &'a Sim, auth: AuthKind, identity: String, secret: &str) -> Self {
        let row = ClusterRow {
            id: "outside".to_owned(),
            url: sim.url(),
            auth,
            identity,
            trust: Trust::Fingerprint(sim.fingerprint().to_owned()),
            created_at: Timestamp::UNIX_EPOCH,
        };
        let options = features::inventory::connect_options(&row, secret.to_owned().into())
            .expect("the simulator's address and certificate can be used");
        Self {
            sim,
            client: Client::connect(options).expect("a client of the simulator"),
        }
    }

    /// Changes options of a guest's configuration.
    pub async fn configure(&self, vmid: u32, options: &[(&str, &str)]) {
        let params = options.iter().fold(Params::new(), |params, (name, value)| {
            params.with(*name, *value)
        });
        self.call(Method::Put, &format!("{}/config", self.guest(vmid)), params)
            .await;
    }

    pub async fn start(&self, vmid: u32) {
        self.post(vmid, "status/start", Params::new()).await;
    }

    pub async fn stop(&self, vmid: u32) {
        self.post(vmid, "status/stop", Params::new()).await;
    }

    pub async fn snapshot(&self, vmid: u32, name: &str) {
        self.post(vmid, "snapshot", Params::new().with("snapname", name))
            .await;
    }

    /// Puts a guest (`vm:101`) under high availability.
    pub async fn manage(&self, sid: &str) {
        let params = Params::new().with("sid", sid);
        self.call(Method::Post, "/cluster/ha/resources", params)
            .await;
    }

    /// Puts a volume of that size into a storage; it belongs to no guest.
    pub async fn fill(&self, storage: &str, gigabytes: u32) {
        let params = Params::new()
            .with("vmid", 999_u32)
            .with("filename", FILLER)
            .with("size", format!("{gigabytes}G"));
        let path = format!("/nodes/{}/storage/{storage}/content", self.node());
        self.call(Method::Post, &path, params).await;
    }

    /// Takes that volume away again.
    pub async fn empty(&self, storage: &str) {
        let path = format!(
            "/nodes/{}/storage/{storage}/content/{storage}:{FILLER}",
            self.node()
        );
        self.call(Method::Delete, &path, Params::new()).await;
    }

    fn node(&self) -> String {
        let first = self.sim.vmids().into_iter().next();
        let guest = first.and_then(|vmid| self.sim.guest(vmid));
        guest.expect("a cluster with guests").node
    }

    /// Takes all but looking at one guest from a user.
    pub async fn take_rights(&self, user: &str, vmid: u32) {
        let params = Params::new()
            .with("path", format!("/vms/{vmid}"))
            .with("roles", "PVEAuditor")
            .with("users", user);
        self.call(Method::Put, "/access/acl", params).await;
    }

    async fn post(&self, vmid: u32, what: &str, params: Params) {
        self.call(
            Method::Post,
            &format!("{}/{what}", self.guest(vmid)),
            params,
        )
        .await;
    }

    fn guest(&self, vmid: u32) -> String {
        let guest = self.sim.guest(vmid).expect("the guest exists");
        let kind = match guest.kind {
            sim::GuestKind::Qemu => "qemu",
            sim::GuestKind::Lxc => "lxc",
        };
        format!("/nodes/{}/{kind}/{vmid}", guest.node)
    }

    /// Any call, for what a test sets up.
    pub async fn call(&self, method: Method, path: &str, params: Params) -> Value {
        let path: ApiPath = path.parse().expect("an API path");
        self.client
            .call(method, &path, &params)
            .await
            .expect("the simulator does as root says")
            .data
    }
}
