//! `on-sign-up`: only who is invited may sign up, and the address goes into the access token.
//!
//! Cognito calls it before somebody signs up, also with an identity from elsewhere, and before it
//! issues tokens. It verifies nothing and joins nothing itself: Cognito verifies the address, and
//! `accept` joins. It knows no pool, since the pool knows it.

mod invited;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::address::Address;
use shared::app::Door;
use shared::settings::SignUp;
use shared::store::StoreError;
use tracing::info;

/// Why Cognito is told no. It shows the words to whoever signs up, so they are the same whatever
/// stands in the table.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Nobody has invited the address.
    #[error("this address has not been invited")]
    NotInvited,
    /// There is no address, or none that can be one.
    #[error("an e-mail address is needed to sign up")]
    NoAddress,
    /// The event is not one of Cognito's triggers.
    #[error("this is not an event of a user pool")]
    Odd(#[from] serde_json::Error),
    /// The table does not answer.
    #[error("please try again later")]
    Store(#[from] StoreError),
}

/// The parts of an event that matter here. All others go back as they came.
///
/// Source: Amazon Cognito Developer Guide, "Pre sign-up Lambda trigger" and "Pre token generation
/// Lambda trigger", version 2.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trigger {
    trigger_source: String,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    user_attributes: Map<String, Value>,
}

impl Request {
    /// An attribute, unless it is empty.
    fn attribute(&self, name: &str) -> Option<&str> {
        self.user_attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }
}

/// Answers one trigger: the event with its response filled in, as Cognito wants it back.
///
/// # Errors
///
/// [`Refused`]
pub async fn handle(door: Door, mut event: Value) -> Result<Value, Refused> {
    let trigger = Trigger::deserialize(&event)?;
    match trigger.trigger_source.as_str() {
        "PreSignUp_SignUp" | "PreSignUp_ExternalProvider" => {
            let allowed = may_sign_up(&door, &trigger.request).await;
            info!(source = trigger.trigger_source, allowed = allowed.is_ok(), "somebody signs up");
            allowed?;
        }
        source if source.starts_with("TokenGeneration_") => {
            let claims = claims(&trigger.request);
            if let Some(response) = event.get_mut("response") {
                *response = json!({
                    "claimsAndScopeOverrideDetails": {
                        "accessTokenGeneration": { "claimsToAddOrOverride": claims },
                    },
                });
            }
        }
        // An administrator of the pool makes a user: that is no sign-up.
        _ => {}
    }
    Ok(event)
}

/// Whether somebody with these attributes may have an account.
async fn may_sign_up(door: &Door, request: &Request) -> Result<(), Refused> {
    let address: Address = request
        .attribute("email")
        .and_then(|address| address.parse().ok())
        .ok_or(Refused::NoAddress)?;
    let is_open = door.settings.sign_up == SignUp::Open;
    if is_open || door.settings.operators.contains(&address) {
        return Ok(());
    }
    let known = invited::is_known(&door.table, &address, door.clock.now()).await?;
    if known { Ok(()) } else { Err(Refused::NotInvited) }
}

/// What the access token is to say besides: the address, whether it is verified, and the name. An
/// access token of Cognito has none of these by itself.
fn claims(request: &Request) -> Map<String, Value> {
    ["email", "email_verified", "name"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), request.attribute(name)?.into())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &Value) -> Request {
        serde_json::from_value(json!({ "userAttributes": attributes })).unwrap()
    }

    #[test]
    fn a_token_says_the_address_and_whether_it_is_verified() {
        let of = request(&json!({
            "sub": "1", "email": "ada@example.org", "email_verified": "false", "name": "",
        }));
        let said = json!({"email": "ada@example.org", "email_verified": "false"});
        assert_eq!(Value::Object(claims(&of)), said);
        assert_eq!(claims(&request(&json!({"sub": "1"}))), Map::new());
    }

    #[test]
    fn an_attribute_of_another_type_is_none() {
        assert_eq!(request(&json!({"email": ["ada@example.org"]})).attribute("email"), None);
    }
}
