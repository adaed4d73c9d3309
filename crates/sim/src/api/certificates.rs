//! Certificates of a node: the cluster's own authority and what it signed for the node.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::random::{Random, mix};

pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/nodes/{node}/certificates/info", info)]
}

const DAY_S: i64 = 86_400;

/// The authority was made with the cluster; a node's certificate is renewed two weeks before its end.
fn info(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let Some(node) = cluster.node(request.node()) else {
        return Err(Refusal::died(format!("no such node '{}'", request.node())));
    };
    let mut random = Random::new(mix(cluster.seed, &[77]));
    let unit = random.uuid();
    let authority = format!("/CN=Proxmox Virtual Environment/OU={unit}/O=PVE Cluster Manager CA");
    let fingerprint: Vec<String> = (0..32)
        .map(|_| format!("{:02X}", random.below(256)))
        .collect();
    let made_s = cluster.boot_ms.div_euclid(1000) - 100 * DAY_S;
    let signed_s = made_s + i64::from(node.id) * 60;
    let rows: Value = json!([
        {
            "filename": "pve-root-ca.pem", "subject": authority, "issuer": authority, "san": [],
            "fingerprint": fingerprint.join(":"), "notbefore": made_s, "notafter": made_s + 3650 * DAY_S,
            "public-key-type": "rsaEncryption", "public-key-bits": 4096,
        },
        {
            "filename": "pve-ssl.pem", "issuer": authority,
            "subject": format!("/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN={}", node.name),
            "san": ["127.0.0.1", "0000:0000:0000:0000:0000:0000:0000:0001", "localhost", node.ip, &*node.name],
            "fingerprint": node.fingerprint, "notbefore": signed_s, "notafter": signed_s + 730 * DAY_S,
            "public-key-type": "rsaEncryption", "public-key-bits": 2048,
        },
    ]);
    Ok(rows.into())
}
