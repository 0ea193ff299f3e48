//! The ids in the paths of this function's routes.

use serde::Deserialize;
use shared::id::{GroupId, OrgId, ProfileName, UnitId};
use utoipa::IntoParams;

use crate::views::MemberId;

/// `/orgs/{org}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OrgPath {
    /// The org.
    #[param(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "acme")]
    pub(crate) org: OrgId,
}

/// `/orgs/{org}/members/{member}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MemberPath {
    /// The org.
    #[param(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "acme")]
    pub(crate) org: OrgId,
    /// The member: the user's id, or the invitation's while they are invited.
    #[param(value_type = String, example = "mfrggzdfmztwq2lknnwg23tpob")]
    pub(crate) member: MemberId,
}

/// `/orgs/{org}/profiles/{profile}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProfilePath {
    /// The org.
    #[param(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "acme")]
    pub(crate) org: OrgId,
    /// The profile.
    #[param(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "night-shift")]
    pub(crate) profile: ProfileName,
}

/// `/orgs/{org}/links/{other}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct LinkPath {
    /// The org.
    #[param(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "acme")]
    pub(crate) org: OrgId,
    /// The org that it is linked with.
    #[param(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "globex")]
    pub(crate) other: OrgId,
}

/// `/orgs/{org}/units/{unit}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct UnitPath {
    /// The org.
    #[param(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "acme")]
    pub(crate) org: OrgId,
    /// The unit.
    #[param(value_type = String, example = "01JC0A7Z3X5D9V6K2M4N8P1QRS")]
    pub(crate) unit: UnitId,
}

/// `/groups/{group}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct GroupPath {
    /// The group.
    #[param(value_type = String, example = "01JC0A7Z3X5D9V6K2M4N8P1QRS")]
    pub(crate) group: GroupId,
}

/// `/groups/{group}/members/{member}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct GroupMemberPath {
    /// The group.
    #[param(value_type = String, example = "01JC0A7Z3X5D9V6K2M4N8P1QRS")]
    pub(crate) group: GroupId,
    /// The member: the user's id, or the invitation's while they are invited.
    #[param(value_type = String, example = "mfrggzdfmztwq2lknnwg23tpob")]
    pub(crate) member: MemberId,
}
