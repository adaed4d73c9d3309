//! Refusals: status, reason phrase, message and texts per parameter, as real servers gave them.

use serde_json::json;

use sim::{SimOptions, World};

use crate::client::{Rig, options, small_world};

#[tokio::test]
async fn unknown_paths_and_verbs_are_not_implemented() {
    let rig = Rig::demo().await;
    for (method, path) in [
        ("GET", "/nosuch"),
        ("POST", "/version"),
        ("DELETE", "/nodes"),
    ] {
        let answer = rig.call(method, path, &[]).await;
        let text = format!("Method '{method} {path}' not implemented");
        assert_eq!(
            (answer.status, answer.reason.as_str()),
            (501, text.as_str())
        );
        assert_eq!(answer.body, json!({"data": null, "message": text}));
        assert_eq!(
            answer.content_type.as_deref(),
            Some("application/json;charset=UTF-8")
        );
    }
    let patch = rig.call("PATCH", "/version", &[]).await;
    assert_eq!(
        (patch.status, patch.reason.as_str(), patch.text.as_str()),
        (501, "method 'PATCH' not available", "")
    );
    let format = rig.get("/api2/xml/version").await;
    assert_eq!(
        (format.status, format.reason.as_str()),
        (501, "no formatter for uri /version, xml")
    );
}

#[tokio::test]
async fn with_the_description_of_a_node_what_is_not_simulated_has_its_parameters_checked() {
    let schema = json!([{ "path": "/nodes", "children": [{ "path": "/nodes/{node}", "children": [{
        "path": "/nodes/{node}/unheard", "info": { "POST": {
            "name": "unheard",
            "parameters": { "additionalProperties": 0, "properties": {
                "node": { "type": "string", "format": "pve-node" },
                "count": { "type": "integer", "minimum": 1 },
            } },
        } },
    }] }] }]);
    let schema = pve::Schema::read(schema.to_string().as_bytes()).unwrap();
    let rig = Rig::start(SimOptions {
        schema: Some(std::sync::Arc::new(schema)),
        ..options(World::from_json(&small_world(&json!({}))).unwrap())
    })
    .await;
    let path = "/nodes/pve1/unheard";
    let wrong = rig.post(path, &[("count", "many")]).await;
    assert_eq!(
        (wrong.status, &wrong.body["errors"]),
        (
            400,
            &json!({ "count": "type check ('integer') failed - got 'many'" })
        )
    );
    assert_eq!(rig.post(path, &[]).await.status, 400);
    let right = rig.post(path, &[("count", "2")]).await;
    assert_eq!(
        (right.status, right.reason.as_str()),
        (501, "'POST /nodes/pve1/unheard' is not simulated")
    );
    let neither = rig.post("/nodes/pve1/nowhere", &[]).await;
    assert_eq!(
        (neither.status, neither.reason.as_str()),
        (501, "Method 'POST /nodes/pve1/nowhere' not implemented")
    );
}

#[tokio::test]
async fn bad_parameters_have_one_text_each() {
    let rig = Rig::demo().await;
    for (path, parameter, text) in [
        (
            "/cluster/nextid?vmid=abc",
            "vmid",
            "type check ('integer') failed - got 'abc'",
        ),
        (
            "/cluster/nextid?vmid=99",
            "vmid",
            "invalid format - value does not look like a valid VM ID\n",
        ),
        (
            "/cluster/nextid?bogus=1",
            "bogus",
            "property is not defined in schema and the schema does not allow additional properties",
        ),
        (
            "/cluster/resources?type=foo",
            "type",
            "value 'foo' does not have a value in the enumeration 'vm, storage, node, sdn'",
        ),
        (
            "/nodes/pve1/tasks?limit=-1",
            "limit",
            "value must have a minimum value of 0",
        ),
        (
            "/nodes/pve1/tasks?errors=maybe",
            "errors",
            "type check ('boolean') failed - got 'maybe'",
        ),
        (
            "/nodes/pve1/qemu/abc/config",
            "vmid",
            "type check ('integer') failed - got 'abc'",
        ),
        (
            "/nodes/pve1/tasks/UPID:bad/status",
            "upid",
            "unable to parse worker upid",
        ),
        (
            "/nodes/pve1/tasks/UPID%3Apve1%3A00000001%3A00000002%3A60000000%3Aqmstart%3A100%3Aroot%40pam%3A/status",
            "upid",
            "no such task",
        ),
    ] {
        let answer = rig.get(path).await;
        assert_eq!(
            (answer.status, answer.reason.as_str()),
            (400, "Parameter verification failed."),
            "{path}"
        );
        assert_eq!(answer.error(parameter), text, "{path}");
        assert_eq!(answer.body["message"], "Parameter verification failed.\n");
    }
}

#[tokio::test]
async fn unknown_guests_and_nodes_are_errors_of_the_server() {
    let rig = Rig::demo().await;
    for (path, reason) in [
        (
            "/nodes/pve1/qemu/999/config",
            "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
        ),
        (
            "/nodes/pve1/lxc/999/config",
            "Configuration file 'nodes/pve1/lxc/999.conf' does not exist",
        ),
        (
            "/nodes/nosuchnode/status",
            "hostname lookup 'nosuchnode' failed - failed to get address info for: nosuchnode: Temporary failure in name resolution",
        ),
        (
            "/nodes/pve1/storage/nosuch/content",
            "storage 'nosuch' does not exist",
        ),
    ] {
        let answer = rig.get(path).await;
        assert_eq!((answer.status, answer.reason.as_str()), (500, reason));
        assert_eq!(
            answer.body,
            json!({"data": null, "message": format!("{reason}\n")})
        );
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let rig = Rig::demo().await;
    let path = format!("{}/snapshot", rig.guest_path("web-01"));
    let text = rig.send(&path, "text/plain", "x").await;
    assert_eq!(
        (text.status, text.reason.as_str()),
        (506, "upload 'Content-Type 'text/plain' not implemented")
    );
    let broken = rig.send(&path, "application/json", "{\"snapname\":").await;
    assert_eq!(broken.status, 500);
    assert!(
        broken.reason.starts_with("malformed JSON string"),
        "{}",
        broken.reason
    );
    let large = rig
        .send(
            &path,
            "application/x-www-form-urlencoded",
            &"a".repeat(600 * 1024),
        )
        .await;
    assert_eq!(
        (large.status, large.reason.as_str()),
        (501, "for data too large")
    );
    let json = rig
        .send(&path, "application/json", "{\"snapname\": \"by-json\"}")
        .await;
    assert_eq!(json.status, 200, "{json:?}");
}

#[tokio::test]
async fn a_node_that_is_off_answers_nothing() {
    let rig = Rig::demo().await;
    rig.sim.set_node_online("pve2", false);
    let answer = rig.get("/nodes/pve2/status").await;
    assert_eq!(
        (answer.status, answer.reason.as_str(), answer.text.as_str()),
        (595, "No route to host", "")
    );
    let rows = rig.get("/nodes").await;
    let row = rows
        .data()
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["node"] == "pve2")
        .unwrap();
    assert_eq!(row["status"], "offline");
    assert!(row.get("cpu").is_none() && row.get("uptime").is_none());
}

#[tokio::test]
async fn changes_of_a_configuration_are_checked() {
    let rig = Rig::demo().await;
    let path = format!("{}/config", rig.guest_path("web-01"));
    let put = async |form: &[(&str, &str)]| {
        let answer = rig.put(&path, form).await;
        (
            answer.status,
            answer.reason.clone(),
            answer.body["errors"].clone(),
        )
    };
    let mismatch = "0000000000000000000000000000000000000000";
    assert_eq!(
        put(&[("digest", mismatch), ("cores", "1")]).await.1,
        "checksum mismatch (file change by other user?)"
    );
    assert_eq!(put(&[]).await.1, "no options specified");
    assert_eq!(
        put(&[("delete", "nosuchkey")]).await.2,
        json!({"delete": "unknown option 'nosuchkey'"})
    );
    assert_eq!(
        put(&[("cores", "1"), ("delete", "cores")]).await.2,
        json!({"delete": "you can't use '-cores' and -delete cores' at the same time"})
    );
    assert_eq!(
        put(&[("cores", "0")]).await.2,
        json!({"cores": "value must have a minimum value of 1"})
    );
    let before = rig.get(&path).await.data()["digest"].clone();
    assert_eq!(
        put(&[
            ("description", "edited\nsecond line"),
            ("tags", "prod,web,new")
        ])
        .await
        .0,
        200
    );
    let after = rig.get(&path).await;
    assert_ne!(after.data()["digest"], before);
    assert_eq!(after.data()["description"], "edited\nsecond line");
    assert_eq!(after.data()["tags"], "new;prod;web");
}
