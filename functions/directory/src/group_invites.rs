//! Inviting people to a group by address. Membership is by acceptance.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::access::MemberStatus;
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{GroupId, InvitationId};
use shared::inviting::{expires_at, invitation_row};
use shared::model::{
    EmailOwner, GroupInvitee, Invitation, InvitationState, MailState, OrgSettings, Purpose,
};
use shared::store::{Condition, RowBuilder, StoreError, Tries, Write, keys, row};
use utoipa::ToSchema;

use crate::circle::{Circle, circle};
use crate::deed::Deed;
use crate::docs::refusals;
use crate::paths::GroupPath;

/// The most people that one call invites.
pub(crate) const MOST: usize = 25;

/// What became of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InviteStatus {
    /// They are invited now.
    Invited,
    /// They are in the group.
    AlreadyMember,
    /// They were invited, and can still accept.
    AlreadyInvited,
    /// They have refused our mail as spam.
    Undeliverable,
}

/// One address, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InviteResult {
    /// The address.
    email: Address,
    /// What became of it.
    status: InviteStatus,
}

/// What became of each address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InviteResults {
    /// One entry per address, in the order of the request.
    pub(crate) items: Vec<InviteResult>,
    /// Of an import: where to go on; `null` at the end.
    pub(crate) cursor: Option<String>,
}

/// Whom to invite to a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupInvites {
    /// Their addresses.
    #[schema(min_items = 1, max_items = 25)]
    emails: Vec<Address>,
}

/// Refuses lists that are too short, too long or name somebody twice.
pub(crate) fn check<T: PartialEq>(list: &[T], name: &str) -> Result<(), Error> {
    if !(1..=MOST).contains(&list.len()) {
        return Err(Error::invalid(format!("/{name}"), format!("must have 1 to {MOST} entries")));
    }
    for (at, one) in list.iter().enumerate() {
        if list.iter().take(at).any(|other| other == one) {
            return Err(Error::at(Code::SameRecipient, format!("/{name}/{at}")));
        }
    }
    Ok(())
}

refusals!(InviteRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType,
    SameRecipient, KeyReused, MailLimit);

/// Invite people to a group
///
/// For its owner. Each gets a mail and is a member once they accept, within 5 days. Whose
/// invitation has expired is invited anew.
#[utoipa::path(post, path = "/v1/groups/{group}/members", tag = "directory",
    operation_id = "invite_to_group",
    params(GroupPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = GroupInvites, example = json!({"emails": ["bob@example.com"]})),
    responses((status = 200, body = InviteResults, description = "What became of each.",
        example = json!({"items": [{"email": "bob@example.com", "status": "invited"}],
            "cursor": null})), InviteRefusals))]
pub(crate) async fn invite_to_group(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
    Post { body, idem }: Post<GroupInvites>,
) -> Result<Answer<InviteResults>, Error> {
    check(&body.emails, "emails")?;
    circle(&app, &caller, group, []).await?.owned()?;
    let invites = Invites { app: &app, caller: &caller, group, idem: idem.as_ref() };
    let items = invites.send(body.emails).await?;
    Ok(Answer::ok(InviteResults { items, cursor: None }))
}

/// What is known of an address.
struct Known {
    status: InviteStatus,
    before: Option<GroupInvitee>,
}

/// Invitations to one group, being sent.
pub(crate) struct Invites<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) group: GroupId,
    pub(crate) idem: Option<&'a Idem>,
}

impl Invites<'_> {
    /// Invites who can be invited; answers what became of each.
    pub(crate) async fn send(&self, addresses: Vec<Address>) -> Result<Vec<InviteResult>, Error> {
        let Self { app, caller, group, idem } = self;
        let mut counted = false;
        let mut tries = Tries::default();
        loop {
            let circle = circle(app, caller, *group, idem.map(Idem::key)).await?;
            circle.owned()?;
            let known = self.known(&addresses, circle.now).await?;
            if let Some(record) = circle.rows.before(*idem, circle.now)? {
                let made = record.ids.get("invitations").map_or("", String::as_str);
                return Ok(results(addresses, &known, made));
            }
            let pairs = addresses.iter().zip(&known);
            let invited: Vec<_> =
                pairs.filter(|(_, known)| known.status == InviteStatus::Invited).collect();
            if invited.is_empty() {
                return Ok(results(addresses, &known, ""));
            }
            if !counted {
                let mailed: Vec<&Address> = invited.iter().map(|(address, _)| *address).collect();
                app.table.count_invitations(caller.user, None, &mailed, circle.now).await?;
                counted = true;
            }
            let mut deed = Deed::by(caller, circle.user.as_ref(), circle.now);
            let mut made = Vec::new();
            for (address, known) in invited {
                made.push(self.invite(&mut deed, &circle, address, known)?.to_string());
            }
            deed.remember(*idem, 200, [("invitations", made.join(" "))])?;
            if deed.done(&app.table).await? {
                return Ok(results(addresses, &known, ""));
            }
            tries.again().await?;
        }
    }

    /// What is known of each address: strongly read, and guarded by the conditions of the writes.
    async fn known(&self, addresses: &[Address], now: Timestamp) -> Result<Vec<Known>, StoreError> {
        let table = &self.app.table;
        let wanted = addresses.iter().flat_map(|address| {
            let invitee = keys::group_invitee(address, self.group);
            [keys::email(address), keys::complaint(address), invitee]
        });
        let rows = table.get_many(wanted).await?;
        let owners = addresses
            .iter()
            .map(|address| row::read_if::<EmailOwner>(rows.get(&keys::email(address))))
            .collect::<Result<Vec<_>, _>>()?;
        let in_group = |owner: &EmailOwner| keys::group_member(owner.user, self.group);
        let members = table.get_many(owners.iter().flatten().map(in_group)).await?;
        let mut known = Vec::new();
        for (address, owner) in addresses.iter().zip(&owners) {
            let before: Option<GroupInvitee> =
                row::read_if(rows.get(&keys::group_invitee(address, self.group)))?;
            let complained = rows.contains_key(&keys::complaint(address))
                || owner.as_ref().is_some_and(|owner| owner.complained);
            // The owner's address may be known from their token only.
            let member = self.caller.address.as_ref() == Some(address)
                || owner.as_ref().is_some_and(|owner| members.contains_key(&in_group(owner)));
            let status = if member {
                InviteStatus::AlreadyMember
            } else if before.as_ref().is_some_and(|before| now < before.expires_at) {
                InviteStatus::AlreadyInvited
            } else if complained {
                InviteStatus::Undeliverable
            } else {
                InviteStatus::Invited
            };
            known.push(Known { status, before });
        }
        Ok(known)
    }

    /// Adds what invites one address. A former invitation has expired, so it is dead by itself.
    fn invite(
        &self,
        deed: &mut Deed,
        circle: &Circle,
        address: &Address,
        known: &Known,
    ) -> Result<InvitationId, StoreError> {
        let now = circle.now;
        let invitation = Invitation {
            id: InvitationId::new(now),
            generation: 1,
            purpose: Purpose::Group { group: self.group },
            org: None,
            org_name: Some(circle.group.name.clone()),
            address: address.clone(),
            inviter: self.caller.user,
            inviter_name: circle.inviter(self.caller),
            message: None,
            state: InvitationState::Invited,
            invited_at: now,
            expires_at: expires_at(&OrgSettings::default(), None, now),
            mail: MailState::Queued,
            mail_reason: None,
        };
        let invitee = GroupInvitee {
            group: self.group,
            address: address.clone(),
            state: MemberStatus::Invited,
            invitation: invitation.id,
            expires_at: invitation.expires_at,
            since: now,
        };
        let row = RowBuilder::new(keys::group_invitee(address, self.group), &invitee)?
            .listed(keys::group_member_under(self.group, address.as_str()));
        let condition = known.before.as_ref().map_or_else(Condition::absent, |before| {
            Condition::reads("invitation", before.invitation)
        });
        deed.write(Write::add(invitation_row(&invitation, now)?));
        deed.write(Write::Put(row.build(), Some(condition)));
        Ok(invitation.id)
    }
}

/// The answer; `made` are invitations that this very request made before.
fn results(addresses: Vec<Address>, known: &[Known], made: &str) -> Vec<InviteResult> {
    let pairs = addresses.into_iter().zip(known);
    pairs
        .map(|(email, known)| {
            let ours = known.before.as_ref().is_some_and(|before| {
                made.split(' ').any(|id| id == before.invitation.to_string())
            });
            let again = ours && known.status == InviteStatus::AlreadyInvited;
            InviteResult { email, status: if again { InviteStatus::Invited } else { known.status } }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_1_to_25_entries_and_none_twice() {
        assert!(check::<u8>(&[], "emails").is_err());
        let many: Vec<u8> = (0..26).collect();
        assert!(check(&many, "emails").is_err());
        assert!(many.get(..25).is_some_and(|list| check(list, "emails").is_ok()));
        let twice = check(&[1, 2, 1], "emails").unwrap_err();
        assert_eq!(twice.code(), Code::SameRecipient);
    }
}
