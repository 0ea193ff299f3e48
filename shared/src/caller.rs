//! Who asks, as the gateway's authorizer says.

use crate::address::Address;
use crate::id::UserId;
use crate::model::Actor;
use crate::text::Name;

/// Who asks. Comes from the verified claims of an access token, and from nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// Their address, where the issuer has verified it.
    pub address: Option<Address>,
    /// Their name, where the issuer says one that can be shown.
    pub name: Option<Name>,
    /// Whether their verified address is that of an operator.
    pub operator: bool,
}

impl Caller {
    /// As the actor of an event; `known` is the name that the table has.
    #[must_use]
    pub fn actor(&self, known: Option<&Name>) -> Actor {
        Actor { user: Some(self.user), name: known.or(self.name.as_ref()).cloned() }
    }
}
