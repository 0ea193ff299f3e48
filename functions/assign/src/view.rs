//! A case's assignees as they are shown.

use serde::Serialize;
use shared::address::Address;
use shared::id::UserId;
use shared::model::Member;
use shared::store::Involved;
use shared::text::Name;
use utoipa::ToSchema;

/// To whom a case is assigned.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "items": [{
        "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Bob Example", "email": "bob@acme.example"
    }]
}))]
pub(crate) struct Assignees {
    /// All of them.
    pub(crate) items: Vec<Assignee>,
}

/// Somebody to whom a case is assigned.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Assignee {
    /// Who.
    pub(crate) user: UserId,
    /// By name, as it was when it was assigned to them.
    pub(crate) name: Option<Name>,
    /// By address, as it was when it was assigned to them.
    pub(crate) email: Option<Address>,
}

impl From<Involved> for Assignee {
    fn from(involved: Involved) -> Self {
        Self { user: involved.user, name: involved.name, email: involved.address }
    }
}

impl From<&Member> for Assignee {
    fn from(member: &Member) -> Self {
        Self { user: member.user, name: member.name.clone(), email: member.address.clone() }
    }
}
