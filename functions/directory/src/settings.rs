//! What of an org's settings changes.

use serde::Deserialize;
use shared::address::DomainPattern;
use shared::error::Error;
use shared::model::{Acceptance, GuestPolicy, ItemRules, OrgSettings};
use utoipa::ToSchema;

/// The most entries of a domain list.
const MOST_DOMAINS: usize = 100;

/// The most bytes that one upload can carry.
const MOST_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// The settings that change. What is not named stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsChange {
    /// Who must accept a share before it gives anything.
    acceptance: Option<Acceptance>,
    /// Whether a case may be shared with people who are no members.
    guests: Option<GuestPolicy>,
    /// If not empty, guests come from these domains only.
    #[schema(max_items = 100)]
    guest_domains_allowed: Option<Vec<DomainPattern>>,
    /// Guests never come from these domains.
    #[schema(max_items = 100)]
    guest_domains_denied: Option<Vec<DomainPattern>>,
    /// Days for which an invitation can be accepted.
    #[schema(minimum = 1, maximum = 90)]
    invitation_days: Option<u8>,
    /// Hours for which an invitation of an external user can be accepted.
    #[schema(minimum = 1, maximum = 720)]
    external_invitation_hours: Option<u16>,
    /// Largest attachment in bytes.
    #[schema(minimum = 1, maximum = 5_368_709_120_u64)]
    max_attachment_bytes: Option<u64>,
    /// Only creator, assignees and org-admins edit a case.
    edit_only_if_involved: Option<bool>,
    /// Whether tasks and observables that are added to a new case are shared with the orgs that
    /// have it. What is not named is `manual`.
    item_rules: Option<ItemRules>,
}

impl SettingsChange {
    /// Refuses numbers and lists out of bounds.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bound = |name: &str, value: Option<u64>, most: u64| match value {
            Some(value) if !(1..=most).contains(&value) => {
                Err(Error::invalid(format!("/settings/{name}"), format!("must be 1 to {most}")))
            }
            _ => Ok(()),
        };
        bound("invitation_days", self.invitation_days.map(u64::from), 90)?;
        bound("external_invitation_hours", self.external_invitation_hours.map(u64::from), 720)?;
        bound("max_attachment_bytes", self.max_attachment_bytes, MOST_BYTES)?;
        let lists = [
            ("guest_domains_allowed", &self.guest_domains_allowed),
            ("guest_domains_denied", &self.guest_domains_denied),
        ];
        for (name, list) in lists {
            if list.as_ref().is_some_and(|list| MOST_DOMAINS < list.len()) {
                let why = format!("must have at most {MOST_DOMAINS} entries");
                return Err(Error::invalid(format!("/settings/{name}"), why));
            }
        }
        Ok(())
    }

    /// Changes `settings`; answers the names of those that are others now.
    pub(crate) fn apply(&self, settings: &mut OrgSettings) -> Vec<&'static str> {
        let mut changed = Vec::new();
        macro_rules! set {
            ($($name:ident),+) => {$(
                if let Some(value) = &self.$name && settings.$name != *value {
                    settings.$name = value.clone();
                    changed.push(stringify!($name));
                }
            )+};
        }
        set!(acceptance, guests, guest_domains_allowed, guest_domains_denied, invitation_days);
        set!(external_invitation_hours, max_attachment_bytes, edit_only_if_involved, item_rules);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> SettingsChange {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_not_named_stays_and_what_is_the_same_is_no_change() {
        let mut settings = OrgSettings::default();
        let changed = change(r#"{"invitation_days": 5, "guests": "refuse"}"#).apply(&mut settings);
        assert_eq!(changed, ["guests"]);
        assert_eq!(settings, OrgSettings { guests: GuestPolicy::Refuse, ..OrgSettings::default() });
    }

    #[test]
    fn numbers_and_lists_have_bounds() {
        for json in [
            r#"{"invitation_days": 0}"#,
            r#"{"invitation_days": 91}"#,
            r#"{"external_invitation_hours": 721}"#,
            r#"{"max_attachment_bytes": 0}"#,
            r#"{"max_attachment_bytes": 5368709121}"#,
        ] {
            assert!(change(json).check().is_err(), "{json}");
        }
        let domains = vec!["example.com"; 101];
        let json = serde_json::json!({"guest_domains_allowed": domains}).to_string();
        assert!(change(&json).check().is_err());
        assert!(
            change(r#"{"invitation_days": 90, "max_attachment_bytes": 5368709120}"#)
                .check()
                .is_ok()
        );
    }
}
