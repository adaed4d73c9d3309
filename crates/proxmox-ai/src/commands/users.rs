//! `users`: accounts of the console, made on the data directory.

use app::Role;
use ops::ports::Accounts as _;
use serde_json::json;

use super::Session;
use crate::{arguments::UsersCommand, failure::Failure, output};

pub(super) async fn run(session: &Session, command: UsersCommand) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    match command {
        UsersCommand::Create {
            name,
            role,
            password_stdin,
        } => {
            let role = role_of(&role)?;
            let password = if password_stdin || !output::can_ask() {
                output::read_line().await
            } else {
                output::ask(&format!("Password for {name}:")).await
            };
            let password = password
                .filter(|password| !password.is_empty())
                .ok_or_else(|| Failure::new(2, "the password is missing on standard input"))?;
            app.store.create_user(&name, role, &password).await?;
            if session.json() {
                output::say_json(&json!({ "user": name, "role": role }));
            } else {
                output::say(&format!("made account {name} ({})", role.as_str()));
            }
        }
        UsersCommand::List => {
            let users = app.store.users().await?;
            if session.json() {
                let rows: Vec<_> = users
                    .iter()
                    .map(|(name, role)| json!({ "user": name, "role": role }))
                    .collect();
                output::say_json(&json!({ "users": rows }));
            } else {
                for (name, role) in users {
                    output::say(&format!("{name}\t{}", role.as_str()));
                }
            }
        }
    }
    app.stop().await;
    Ok(0)
}

pub(super) fn role_of(text: &str) -> Result<ops::Role, Failure> {
    ops::Role::parse(text)
        .ok_or_else(|| Failure::new(2, format!("`{text}` is no role: viewer, operator or admin")))
}
