//! A case's access as it is shown.

use serde::Serialize;
use shared::access::Visibility;
use shared::address::Address;
use shared::id::UserId;
use shared::model::Member;
use shared::store::NamedUser;
use shared::text::Name;
use utoipa::ToSchema;

/// To whom a case is open besides its shares.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "access": "external",
    "users": [{
        "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Eve Example", "email": "eve@example.com"
    }],
    "marked": {"comments": 2, "attachments": 1}
}))]
pub(crate) struct CaseAccess {
    /// The org; named colleagues; the org and named external users; the org and all external users.
    pub(crate) access: Visibility,
    /// Whom `restricted` or `external` names; empty otherwise.
    pub(crate) users: Vec<Named>,
    /// What external users see while the case is open to them. Marks stay when it is not, and count
    /// again when it is again.
    pub(crate) marked: Marked,
}

/// Somebody whom the access names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    /// Who.
    pub(crate) user: UserId,
    /// By name, as it was when they were named.
    pub(crate) name: Option<Name>,
    /// By address, as it was when they were named.
    pub(crate) email: Option<Address>,
}

impl From<NamedUser> for Named {
    fn from(named: NamedUser) -> Self {
        Self { user: named.user, name: named.name, email: named.address }
    }
}

impl From<&Member> for Named {
    fn from(member: &Member) -> Self {
        Self { user: member.user, name: member.name.clone(), email: member.address.clone() }
    }
}

/// How many items are marked external.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Marked {
    /// Comments.
    pub(crate) comments: u64,
    /// Attachments.
    pub(crate) attachments: u64,
}
