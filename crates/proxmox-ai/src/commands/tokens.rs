//! `tokens`: access for programs, made on the data directory.

use app::Role;
use ops::ports::Accounts as _;
use serde_json::json;

use super::{Session, person, users::role_of};
use crate::{arguments::TokensCommand, failure::Failure, output};

pub(super) async fn run(session: &Session, command: TokensCommand) -> Result<u8, Failure> {
    let app = session.app(Role::Command).await?;
    match command {
        TokensCommand::Create {
            name,
            role,
            no_approve,
        } => {
            let made = app
                .store
                .create_token(&name, role_of(&role)?, !no_approve, &person().name)
                .await?;
            if session.json() {
                output::say_json(&json!(made));
            } else {
                output::say(&made.token);
                output::note("this token is not shown again");
            }
        }
        TokensCommand::List => {
            let tokens = app.store.list_tokens().await?;
            if session.json() {
                output::say_json(&json!({ "tokens": tokens }));
            } else {
                for token in tokens {
                    output::say(&format!(
                        "{}\t{}\t{}",
                        token.id,
                        token.name,
                        token.role.as_str()
                    ));
                }
            }
        }
    }
    app.stop().await;
    Ok(0)
}
