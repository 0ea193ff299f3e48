//! How people can be reached.

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path, Post};
use shared::id::CaseId;
use shared::model::{ContactBody, TaskAssignee};
use shared::text::{Function, Name, Note};
use shared::value::Phone;
use utoipa::ToSchema;

use crate::add::add;
use crate::kind::{Changed, Kind, Patch};
use crate::routes::routes_of;

/// Contact data to be added: at least one of `name`, `email` and `phone`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Eve Example", "email": "eve@partner.example", "phone": "+33 1 23 45 67 89",
    "role": "on call at night"
}))]
pub(crate) struct NewContact {
    /// Who.
    name: Option<Name>,
    /// By mail.
    email: Option<Address>,
    /// By telephone, with the country.
    #[schema(value_type = Option<String>)]
    phone: Option<Phone>,
    /// What they do.
    #[schema(value_type = Option<String>, max_length = 200)]
    role: Option<Function>,
    /// What else is to be known.
    note: Option<Note>,
}

/// What is to change. What is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "+33 1 23 45 67 89"}))]
pub(crate) struct ContactChange {
    /// Who.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    name: Patch<Name>,
    /// By mail.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    email: Patch<Address>,
    /// By telephone, with the country.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: Patch<Phone>,
    /// What they do.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    role: Patch<Function>,
    /// What else is to be known.
    note: Option<Note>,
}

/// Contact data reaches somebody.
fn check(contact: &ContactBody) -> Result<(), Error> {
    if contact.name.is_none() && contact.email.is_none() && contact.phone.is_none() {
        return Err(Error::invalid("/name", "must be given, or else `email` or `phone`"));
    }
    Ok(())
}

impl Kind for ContactBody {
    type Change = ContactChange;

    fn apply(
        &mut self,
        change: &ContactChange,
        _: Option<TaskAssignee>,
        _: Timestamp,
    ) -> Result<Vec<&'static str>, Error> {
        let mut changed = Changed::default();
        changed.patch("name", &mut self.name, &change.name);
        changed.patch("email", &mut self.email, &change.email);
        changed.patch("phone", &mut self.phone, &change.phone);
        changed.patch("role", &mut self.role, &change.role);
        changed.set("note", &mut self.note, change.note.as_ref());
        check(self)?;
        Ok(changed.0)
    }
}

routes_of! {
    ContactBody, ContactChange, add: add_contact,
    "contact", "item": "entry of contact data",
    portal: "Nobody sees contact data in the portal.",
    "list_contact", "get_contact", "change_contact", "delete_contact"
}

/// Add contact data
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/contact",
    tag = "items",
    operation_id = "add_contact",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = NewContact,
    responses(
        (status = 201, description = "The contact data.", body = ItemView<ContactBody>),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on contact data", body = Problem),
        (status = 404, description = "`not_found`: the case, or its contact data is not shared", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn add_contact(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<NewContact>,
) -> Result<Answer<ItemView<ContactBody>>, Error> {
    let NewContact { name, email, phone, role, note } = body;
    let contact = ContactBody { name, email, phone, role, note: note.unwrap_or_default() };
    check(&contact)?;
    add(&app, &caller, case, idem.as_ref(), None, |_, _| contact.clone()).await
}
