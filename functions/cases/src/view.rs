//! A case as it is shown: what the caller may not know is absent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use shared::access::{Access, How, Visibility};
use shared::id::{CaseId, OrgId};
use shared::model::{CaseStatus, Details, Head, ItemRules, Severity, Tlp};
use shared::rights::{Flags, Level, Section};
use shared::sharing::{PersonView, ShareView};
use shared::text::{Description, Reference, Tag, Title};
use utoipa::ToSchema;

use crate::partners::PartnerStatus;

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseSummary {
    /// Its id.
    pub(crate) id: CaseId,
    /// The org that owns it.
    pub(crate) org: OrgId,
    /// Its number in that org, from 1. Numbers can be left out.
    #[schema(example = 12)]
    pub(crate) number: u64,
    /// One line.
    pub(crate) title: Title,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// How far what is in it may be passed on: Traffic Light Protocol 2.0.
    pub(crate) tlp: Tlp,
    /// Open or closed.
    pub(crate) status: CaseStatus,
    /// Tags, without repetition.
    pub(crate) tags: Vec<Tag>,
    /// The creator's own name for what it was made from. Absent for those outside the owner org.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[expect(
        clippy::option_option,
        reason = "absent, where it is not theirs to know, is not `null`"
    )]
    pub(crate) reference: Option<Option<Reference>>,
    /// Who made it.
    pub(crate) creator: PersonView,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When its details last changed.
    pub(crate) updated_at: Timestamp,
    /// When it was closed, while it is.
    pub(crate) closed_at: Option<Timestamp>,
    /// Raised by every change of its details: the number in its `ETag`.
    pub(crate) version: u64,
    /// To whom it is open besides its shares. Absent for those outside the owner org.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access: Option<Visibility>,
    /// Whether external users can see it.
    pub(crate) shared_externally: bool,
    /// How it comes to the caller: as a case of their own org, by a share with them, by a share
    /// with a group of theirs, or through the portal. A share with them wins over a group's.
    pub(crate) how: How,
    /// Whether it is one of the caller's favourites.
    pub(crate) favourite: bool,
    /// How it stands towards each org with which it is shared, or from which it takes something in.
    /// In lists where it is asked for with `partners=true`; absent for those outside the owner org.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partners: Option<Vec<PartnerStatus>>,
}

impl CaseSummary {
    /// The case as `access` lets it be seen.
    pub(crate) fn of(head: &Head, details: &Details, access: &Access, favourite: bool) -> Self {
        let inside = access.inside();
        Self {
            id: head.case,
            org: head.owner.clone(),
            number: details.number,
            title: details.title.clone(),
            severity: details.severity,
            tlp: details.tlp,
            status: details.status,
            tags: details.tags.clone(),
            reference: inside.then(|| details.reference.clone()),
            creator: PersonView { user: Some(head.creator), name: details.creator_name.clone() },
            created_at: details.created_at,
            updated_at: details.updated_at,
            closed_at: details.closed_at,
            version: details.version,
            access: inside.then_some(head.access),
            shared_externally: matches!(
                head.access,
                Visibility::External | Visibility::ExternalAll
            ),
            // Whoever sees a case sees it somehow; of the ways, this one tells least.
            how: access.how().unwrap_or(How::External),
            favourite,
            partners: None,
        }
    }
}

/// What the caller may do with a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct May {
    /// The level in each section, over all that is in it; sections that are `none` are absent.
    /// Single items can be out of reach.
    #[schema(example = json!({"details": "write", "comments": "write", "documents": "read"}))]
    pub(crate) sections: BTreeMap<Section, Level>,
    /// What may be done with the case as a whole.
    pub(crate) flags: Flags,
}

impl May {
    fn of(access: &Access) -> Self {
        let sections = Section::ALL
            .into_iter()
            .map(|section| (section, access.section(section)))
            .filter(|(_, level)| *level != Level::None);
        Self { sections: sections.collect(), flags: access.flags() }
    }
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Case {
    /// What lists show, too.
    #[serde(flatten)]
    pub(crate) summary: CaseSummary,
    /// Text or Markdown.
    pub(crate) description: Description,
    /// What the caller may do with it.
    pub(crate) may: May,
    /// What becomes of tasks and observables that are added. Absent for those outside the owner
    /// org.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<ItemRules>,
}

impl Case {
    /// The case as `access` lets it be seen.
    pub(crate) fn of(head: &Head, details: Details, access: &Access, favourite: bool) -> Self {
        Self {
            summary: CaseSummary::of(head, &details, access, favourite),
            description: details.description,
            may: May::of(access),
            rules: access.inside().then_some(head.rules),
        }
    }
}

/// A case that was made just now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedCase {
    /// The case.
    #[serde(flatten)]
    pub(crate) case: Case,
    /// Its shares, if the request asked for some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shares: Option<Vec<ShareView>>,
}
