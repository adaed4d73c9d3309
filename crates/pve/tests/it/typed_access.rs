//! Calls about users, rights and secrets: what a real server sends is read, what is asked is asked
//! exactly, and no secret is in any text.

use pve::{
    AclChange, AclEntry, AclHolder, ApiToken, ErrorKind, FactorEntry, Group, GroupMembers,
    NewToken, NewUser, RolePrivileges, TokenChange, TokenId, User, UserChange, UserDetail,
    UserFactors, UserId, can_regenerate_tokens,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::server::{Answer, Server};
use crate::typed::replay;
use crate::typed_storage::wire;

fn user(text: &str) -> UserId {
    text.parse().unwrap()
}

fn token(text: &str) -> TokenId {
    text.parse().unwrap()
}

#[tokio::test]
async fn every_recorded_answer_about_access_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let root = user("root@pam");
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let ["access", rest @ ..] = parts.as_slice() else {
            return false;
        };
        match rest {
            ["users"] => {
                let users = client.users().await.unwrap();
                assert_eq!(users.len(), rows);
                for (user, row) in users.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(user.user.as_str(), row["userid"].as_str().unwrap());
                    assert_eq!(user.enabled, row["enable"] == 1);
                    assert_eq!(user.expires_s, row["expire"].as_u64());
                }
            }
            ["users", _] => {
                let user = client.user(&root).await.unwrap();
                assert_eq!(user.email.as_deref(), data["email"].as_str());
                assert_eq!(user.groups.len(), data["groups"].as_array().unwrap().len());
            }
            ["users", _, "token"] => {
                let tokens = client.tokens(&root).await.unwrap();
                assert_eq!(tokens.len(), rows);
                assert!(tokens.iter().all(|token| token.name.is_some()));
            }
            ["users", _, "token", _] => {
                let token = client.token(&token("root@pam!rig")).await.unwrap();
                assert_eq!(token.comment.as_deref(), data["comment"].as_str());
                assert_eq!(token.separate_privileges, data["privsep"] == 1);
            }
            ["groups"] => assert_eq!(client.groups().await.unwrap().len(), rows),
            ["roles"] => {
                let roles = client.roles().await.unwrap();
                assert_eq!(roles.len(), rows);
                let none = roles.iter().filter(|role| role.privileges.is_empty());
                assert!(none.map(|role| role.name.as_str()).eq(["NoAccess"]));
            }
            ["roles", name] => {
                let privileges = client.role_privileges(name).await.unwrap();
                assert_eq!(privileges.len(), data.as_object().unwrap().len());
            }
            ["domains"] => assert_eq!(client.realms().await.unwrap().len(), rows),
            ["domains", name] => {
                let realm = client.realm(name).await.unwrap();
                assert_eq!(realm.get("type").map(String::as_str), data["type"].as_str());
            }
            ["acl"] => {
                let acl = client.acl().await.unwrap();
                assert_eq!(acl.len(), rows);
                let other = |entry: &AclEntry| matches!(entry.holder, AclHolder::Other(..));
                assert!(!acl.iter().any(other));
            }
            ["tfa"] => assert_eq!(client.second_factors().await.unwrap().len(), rows),
            ["tfa", _] => {
                let factors = client.second_factors_of(&root).await.unwrap();
                assert_eq!(factors.len(), rows);
            }
            _ => return false,
        }
        true
    })
    .await;
    assert!(count > 18, "{count}");
}

#[tokio::test]
async fn users_and_groups_are_read_in_both_forms_of_lists() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "users?full=1" => Answer::data(&json!([
            {"userid": "alice@pve", "enable": 1, "expire": "0", "groups": "ops,dev", "realm-type": "pve", "tokens": null,
             "totp-locked": 1, "tfa-locked-until": 5, "firstname": "Al"},
            {"userid": "carl@nosuch"},
            {"userid": "nonsense"},
        ])),
        "alice%40pve" => Answer::data(&json!({"groups": ["ops"], "expire": 5, "tokens": {"ci": {"privsep": 1}, "ab": {}}})),
        "groups" => Answer::data(&json!([{"groupid": "ops", "users": "alice@pve,bob@pve", "comment": ""}])),
        _ => Answer::data(&json!({"members": ["alice@pve"], "comment": "operators"})),
    })
    .await;
    let client = server.client();
    let carl = User {
        user: user("carl@nosuch"),
        enabled: false,
        expires_s: None,
        first_name: None,
        last_name: None,
        email: None,
        comment: None,
        groups: Vec::new(),
        realm_kind: None,
        totp_locked: false,
        factors_locked_until_s: None,
    };
    let alice = User {
        user: user("alice@pve"),
        enabled: true,
        expires_s: Some(0),
        first_name: Some("Al".into()),
        groups: vec!["ops".into(), "dev".into()],
        realm_kind: Some("pve".into()),
        totp_locked: true,
        factors_locked_until_s: Some(5),
        ..carl.clone()
    };
    assert_eq!(client.users().await.unwrap(), [alice, carl]);
    let detail = UserDetail {
        enabled: true,
        expires_s: Some(5),
        first_name: None,
        last_name: None,
        email: None,
        comment: None,
        groups: vec!["ops".into()],
        tokens: vec!["ab".into(), "ci".into()],
    };
    assert_eq!(client.user(&user("alice@pve")).await.unwrap(), detail);
    let ops = Group {
        name: "ops".into(),
        comment: None,
        users: vec!["alice@pve".into(), "bob@pve".into()],
    };
    assert_eq!(client.groups().await.unwrap(), [ops]);
    let members = GroupMembers {
        comment: Some("operators".into()),
        members: vec!["alice@pve".into()],
    };
    assert_eq!(client.group("ops").await.unwrap(), members);
}

#[tokio::test]
async fn the_secret_of_a_token_is_given_once_and_never_printed() {
    const SECRET: &str = "4a5b6c7d-0000-4000-8000-1234567890ab";
    let server = Server::start(|request| {
        Answer::data(&match (request.method.as_str(), request.body.as_str()) {
            ("POST", _) => {
                json!({"full-tokenid": "root@pam!ci", "value": SECRET, "info": {"privsep": "1", "comment": "x"}})
            }
            ("PUT", "regenerate=1") => json!({"value": SECRET, "privsep": 1}),
            ("PUT", _) => json!({"expire": 0, "comment": "changed", "privsep": 0}),
            ("GET", _) => json!({"comment": "x", "expire": "0", "privsep": "0"}),
            _ => json!(null),
        })
    })
    .await;
    let client = server.client();
    let id = token("root@pam!ci");
    let new = NewToken {
        comment: Some("x".into()),
        expires_s: Some(0),
        separate_privileges: true,
    };
    let made = client.create_token(&id, &new).await.unwrap();
    assert_eq!(
        (made.token.clone(), made.secret.expose_secret()),
        (id.clone(), SECRET)
    );
    assert_eq!(format!("{made:?}"), "TokenSecret(root@pam!ci)");
    let again = client.regenerate_token(&id).await.unwrap();
    assert_eq!(again.secret.expose_secret(), SECRET);
    let change = TokenChange {
        comment: Some("changed".into()),
        expires_s: None,
        separate_privileges: Some(false),
    };
    client.update_token(&id, &change).await.unwrap();
    let read = ApiToken {
        name: None,
        comment: Some("x".into()),
        expires_s: Some(0),
        separate_privileges: false,
    };
    assert_eq!(client.token(&id).await.unwrap(), read);
    client.delete_token(&id).await.unwrap();
    let target = "/access/users/root%40pam/token/ci";
    assert_eq!(
        wire(&server),
        [
            format!("POST {target} privsep=1&expire=0&comment=x"),
            format!("PUT {target} regenerate=1"),
            format!("PUT {target} privsep=0&comment=changed"),
            format!("GET {target}"),
            format!("DELETE {target}"),
        ]
    );
}

#[tokio::test]
async fn a_server_that_shows_no_secret_did_not_make_a_usable_token() {
    let server =
        Server::answering(|| Answer::data(&json!({"privsep": 1, "comment": "hunter2"}))).await;
    let error = server
        .client()
        .regenerate_token(&token("root@pam!ci"))
        .await;
    let error = error.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unexpected(_)), "{error}");
    assert!(!error.to_string().contains("hunter2"));
    assert!(!can_regenerate_tokens(8, 4) && !can_regenerate_tokens(9, 1));
    assert!(can_regenerate_tokens(9, 2) && can_regenerate_tokens(10, 0));
}

#[tokio::test]
async fn users_groups_and_roles_are_changed_by_these_requests() {
    let server = Server::answering(|| Answer::data(&json!(null))).await;
    let client = server.client();
    let bob = user("bob@pve");
    let new = NewUser {
        user: bob.clone(),
        password: Some(SecretString::from("throw-away-1")),
        about: UserChange {
            enabled: Some(true),
            expires_s: Some(0),
            first_name: Some("Bob".into()),
            last_name: None,
            email: Some("bob@example.org".into()),
            comment: None,
            groups: Some(vec!["ops".into(), "dev".into()]),
        },
    };
    assert_eq!(format!("{new:?}"), "NewUser(bob@pve)");
    client.create_user(&new).await.unwrap();
    let lock = UserChange {
        enabled: Some(false),
        ..UserChange::default()
    };
    client.update_user(&bob, &lock).await.unwrap();
    let (new, own) = (SecretString::from("new pass 1"), SecretString::from("own"));
    client
        .change_password(&bob, &new, Some(&own))
        .await
        .unwrap();
    client.delete_user(&bob).await.unwrap();
    client.create_group("ops", Some("operators")).await.unwrap();
    client.update_group("ops", Some("")).await.unwrap();
    client.delete_group("ops").await.unwrap();
    let privileges = ["VM.Audit", "Sys.Audit"];
    client.create_role("Reader", &privileges).await.unwrap();
    let add = RolePrivileges::Add;
    client
        .update_role("Reader", &privileges, add)
        .await
        .unwrap();
    let replace = RolePrivileges::Replace;
    client.update_role("Reader", &[], replace).await.unwrap();
    client.delete_role("Reader").await.unwrap();
    assert_eq!(
        wire(&server),
        [
            "POST /access/users userid=bob%40pve&password=throw-away-1&enable=1&expire=0&firstname=Bob\
             &email=bob%40example.org&groups=ops%2Cdev",
            "PUT /access/users/bob%40pve enable=0",
            "PUT /access/password userid=bob%40pve&password=new+pass+1&confirmation-password=own",
            "DELETE /access/users/bob%40pve",
            "POST /access/groups groupid=ops&comment=operators",
            "PUT /access/groups/ops comment=",
            "DELETE /access/groups/ops",
            "POST /access/roles roleid=Reader&privs=VM.Audit%2CSys.Audit",
            "PUT /access/roles/Reader privs=VM.Audit%2CSys.Audit&append=1",
            "PUT /access/roles/Reader privs=",
            "DELETE /access/roles/Reader",
        ]
    );
}

#[tokio::test]
async fn access_rules_name_their_holder() {
    let server = Server::start(|request| {
        Answer::data(&if request.method == "GET" {
            json!([
                {"path": "/vms", "ugid": "ops", "type": "group", "roleid": "PVEVMUser", "propagate": 1},
                {"path": "/vms/100", "ugid": "bob@pve", "type": "user", "roleid": "PVEAuditor", "propagate": "0"},
                {"path": "/", "ugid": "root@pam!ci", "type": "token", "roleid": "PVEAuditor"},
                {"path": "/", "ugid": "x", "type": "robot", "roleid": "PVEAuditor"},
                {"path": "/", "ugid": "x"},
            ])
        } else {
            json!(null)
        })
    })
    .await;
    let client = server.client();
    let entry = |path: &str, holder: &AclHolder, role: &str, propagates| AclEntry {
        path: path.into(),
        holder: holder.clone(),
        role: role.into(),
        propagates,
    };
    let group = AclHolder::Group("ops".into());
    let bob = AclHolder::User(user("bob@pve"));
    let ci = AclHolder::Token(token("root@pam!ci"));
    let robot = AclHolder::Other("robot".into(), "x".into());
    assert_eq!(
        client.acl().await.unwrap(),
        [
            entry("/vms", &group, "PVEVMUser", true),
            entry("/vms/100", &bob, "PVEAuditor", false),
            entry("/", &ci, "PVEAuditor", true),
            entry("/", &robot, "PVEAuditor", true),
        ]
    );
    let here = AclChange::Grant { propagates: false };
    let below = AclChange::Grant { propagates: true };
    for (holder, change) in [(&group, below), (&bob, here), (&ci, AclChange::Revoke)] {
        client
            .change_acl("/vms", holder, "PVEVMUser", change)
            .await
            .unwrap();
    }
    let refused = client.change_acl("/vms", &robot, "PVEVMUser", here).await;
    assert!(refused.is_err());
    assert_eq!(
        wire(&server)[1..],
        [
            "PUT /access/acl path=%2Fvms&roles=PVEVMUser&groups=ops&propagate=1",
            "PUT /access/acl path=%2Fvms&roles=PVEVMUser&users=bob%40pve&propagate=0",
            "PUT /access/acl path=%2Fvms&roles=PVEVMUser&tokens=root%40pam%21ci&delete=1",
        ]
    );
}

#[tokio::test]
async fn second_factors_tell_locks_and_no_secrets() {
    let entry = json!({"id": "totp:1", "type": "totp", "description": "phone", "created": "5", "enable": 0});
    let server = Server::start(move |request| {
        Answer::data(&if request.target.ends_with("tfa") {
            json!([{"userid": "alice@pve", "entries": [entry], "totp-locked": true, "tfa-locked-until": 9}])
        } else {
            json!([{"id": "recovery", "type": "recovery"}])
        })
    })
    .await;
    let client = server.client();
    let phone = FactorEntry {
        id: "totp:1".into(),
        kind: Some("totp".into()),
        description: Some("phone".into()),
        created_s: Some(5),
        enabled: Some(false),
    };
    let alice = UserFactors {
        user: user("alice@pve"),
        entries: vec![phone],
        totp_locked: true,
        locked_until_s: Some(9),
    };
    assert_eq!(client.second_factors().await.unwrap(), [alice]);
    let factors = client.second_factors_of(&user("alice@pve")).await.unwrap();
    assert_eq!(
        (factors[0].id.as_str(), factors[0].enabled),
        ("recovery", None)
    );
}

#[tokio::test]
async fn a_password_cannot_be_changed_with_a_token() {
    let text = "Permission check failed (URI '/access/password' not available with API token, need proper ticket.";
    let server = Server::answering(move || {
        Answer::json(
            403,
            text,
            &json!({"data": null, "message": format!("{text}\n")}),
        )
    })
    .await;
    let new = SecretString::from("hunter2hunter2");
    let client = server.client();
    let error = client.change_password(&user("bob@pve"), &new, None).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Forbidden { .. }),
        "{error}"
    );
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[tokio::test]
async fn removing_an_absent_user_is_no_error() {
    let server = Server::answering(|| Answer::data(&json!(null))).await;
    assert!(
        server
            .client()
            .delete_user(&user("nobody@pve"))
            .await
            .is_ok()
    );
}

/// Surprise 9: not even the last administrator is kept by the server.
#[tokio::test]
async fn removing_root_is_asked_for_like_any_other_user() {
    let server = Server::answering(|| Answer::data(&json!(null))).await;
    let client = server.client();
    client.delete_user(&user("root@pam")).await.unwrap();
    assert_eq!(wire(&server), ["DELETE /access/users/root%40pam"]);
}

/// Surprise 10.
#[tokio::test]
async fn a_user_in_a_realm_that_is_not_there_is_made_and_has_no_kind_of_realm() {
    let server = Server::start(|request| {
        Answer::data(&if request.method == "POST" {
            json!(null)
        } else {
            json!([{"userid": "carl@nosuch", "enable": 1, "expire": 0, "groups": "", "tokens": null}])
        })
    })
    .await;
    let client = server.client();
    let new = NewUser {
        user: user("carl@nosuch"),
        password: None,
        about: UserChange::default(),
    };
    client.create_user(&new).await.unwrap();
    let users = client.users().await.unwrap();
    assert_eq!((&users[0].user, &users[0].realm_kind), (&new.user, &None));
    assert_eq!(wire(&server)[0], "POST /access/users userid=carl%40nosuch");
}

/// Surprise 23.
#[tokio::test]
async fn without_quorum_users_cannot_be_changed() {
    let text = "cfs-lock 'file-user_cfg' error: no quorum!";
    let server = Server::answering(move || {
        Answer::json(
            500,
            text,
            &json!({"data": null, "message": format!("{text}\n")}),
        )
    })
    .await;
    let client = server.client();
    let error = client.create_group("ops", None).await.unwrap_err();
    let expected = ErrorKind::Refused {
        status: 500,
        text: text.into(),
    };
    assert_eq!(error.kind(), &expected);
    assert_eq!(error.class(), pve::ErrorClass::Refused);
}
