//! What a list or a search keeps.

use shared::access::{How, Path};
use shared::id::{OrgId, UserId};
use shared::model::{CaseStatus, Details};
use shared::store::{Candidate, Listed, Source, keys};
use shared::tags;
use shared::text::Tag;

/// Conditions on what a case is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets {
    /// Owned by this org.
    pub(crate) org: Option<OrgId>,
    /// Open or closed.
    pub(crate) status: Option<CaseStatus>,
    /// With this tag, in whatever case it is written.
    pub(crate) tag: Option<Tag>,
}

impl Facets {
    /// Whether the case meets all of them.
    pub(crate) fn meet(&self, listed: &Listed) -> bool {
        let details = &listed.details;
        self.org.as_ref().is_none_or(|org| *org == listed.head.owner)
            && self.status.is_none_or(|status| status == details.status)
            && self.tag.as_ref().is_none_or(|tag| details.tags.iter().any(|t| tags::same(t, tag)))
    }

    /// The sources that can hold such cases: other orgs' own lists cannot.
    pub(crate) fn narrow(&self, mut sources: Vec<Source>) -> Vec<Source> {
        if let Some(org) = &self.org {
            let cases = keys::cases_of(org);
            let other = |principal: &str, own: &str| {
                let kind = own.split_once('#').map_or(own, |(kind, _)| kind);
                principal != own && principal.split_once('#').is_some_and(|(of, _)| of == kind)
            };
            // What is shared, and what is open to external users, can be any org's.
            sources.retain(|source| match source {
                Source::Own(principal) => !other(principal, &cases),
                Source::External(_) | Source::Shared(_) | Source::ShareAll(..) => true,
            });
        }
        sources
    }
}

/// Which of the caller's cases a list holds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Filter {
    /// Those of the caller's own orgs.
    Own,
    /// Those that are shared with the caller or a group of theirs.
    Shared,
    /// Those that are shared with the caller.
    Individual,
    /// Those that are shared with a group of theirs only.
    Group,
    /// Those that come through the portal.
    External,
    /// Those that the caller made.
    Created,
    /// Those that are assigned to the caller.
    Assigned,
    /// The caller's favourites.
    Favourite,
    /// Those that the caller has opened last, the last one first; not in pages.
    Recent,
}

impl Filter {
    /// The word in the query.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Shared => "shared",
            Self::Individual => "individual",
            Self::Group => "group",
            Self::External => "external",
            Self::Created => "created",
            Self::Assigned => "assigned",
            Self::Favourite => "favourite",
            Self::Recent => "recent",
        }
    }

    /// The sources that can hold such cases.
    pub(crate) fn narrow(self, user: UserId, mut sources: Vec<Source>) -> Vec<Source> {
        let (created, assigned, naming) =
            (keys::created_by(user), keys::assigned_to(user), keys::naming(user));
        sources.retain(|source| match (self, source) {
            (Self::Own, Source::Own(_))
            | (Self::Shared | Self::Individual | Self::Group, Source::Shared(_))
            | (Self::Shared | Self::Group, Source::ShareAll(..))
            | (Self::External, Source::External(_)) => true,
            (Self::External, Source::Own(principal)) => *principal == naming,
            (Self::Created, Source::Own(principal)) => *principal == created,
            (Self::Assigned, Source::Own(principal)) => *principal == assigned,
            // Favourites and recent cases are found by the caller's own rows.
            _ => false,
        });
        sources
    }

    /// Whether the case is one of them.
    pub(crate) fn keeps(self, user: UserId, listed: &Listed) -> bool {
        let how = listed.access.how();
        match self {
            Self::Own => how == Some(How::Own),
            Self::Shared => matches!(how, Some(How::Individual | How::Group)),
            Self::Individual => how == Some(How::Individual),
            Self::Group => how == Some(How::Group),
            Self::External => how == Some(How::External),
            Self::Created => listed.head.creator == user,
            Self::Assigned => listed.access.has(Path::Involved),
            Self::Favourite | Self::Recent => true,
        }
    }
}

/// What is searched for: any part of title, number or tag, in whatever case it is written.
#[derive(Clone, Debug)]
pub(crate) struct Needle(String);

impl Needle {
    /// The needle `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    fn in_any(&self, title: &str, number: u64, tags: &[Tag]) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.0);
        has(title) || has(&number.to_string()) || tags.iter().any(|tag| has(tag.as_str()))
    }

    /// Whether it is in the case.
    pub(crate) fn in_case(&self, details: &Details) -> bool {
        self.in_any(details.title.as_str(), details.number, &details.tags)
    }

    /// Whether it can be in a case of which the index says this; where the index says nothing, it
    /// can.
    pub(crate) fn can_be_in(&self, candidate: &Candidate) -> bool {
        match (&candidate.title, candidate.number) {
            (Some(title), Some(number)) => self.in_any(title, number, &candidate.tags),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Vec<Source> {
        let user = UserId::of("https://issuer.example", "ada");
        vec![
            Source::Own(keys::created_by(user)),
            Source::Own(keys::assigned_to(user)),
            Source::Own(keys::naming(user)),
            Source::Shared(format!("USER#{user}")),
            Source::Own(keys::cases_of(&"acme".parse().unwrap())),
            Source::Own(keys::cases_of(&"umbrella".parse().unwrap())),
            Source::External(keys::externals_of(&"globex".parse().unwrap())),
        ]
    }

    #[test]
    fn an_org_leaves_out_the_own_lists_of_other_orgs() {
        let facets = Facets { org: Some("acme".parse().unwrap()), ..Facets::default() };
        let left = facets.narrow(sources());
        assert_eq!(left.len(), 6);
        assert!(left.contains(&Source::Own("CASES#acme".to_owned())));
        assert!(!left.contains(&Source::Own("CASES#umbrella".to_owned())));
        assert!(left.contains(&Source::External("EXTERNALS#globex".to_owned())));
    }

    #[test]
    fn a_filter_reads_only_where_its_cases_can_be() {
        let user = UserId::of("https://issuer.example", "ada");
        let left = |filter: Filter| filter.narrow(user, sources()).len();
        assert_eq!(left(Filter::Own), 5);
        assert_eq!(left(Filter::Shared), 1);
        assert_eq!(left(Filter::External), 2);
        assert_eq!(left(Filter::Created), 1);
        assert_eq!(left(Filter::Assigned), 1);
        assert_eq!(left(Filter::Favourite), 0);
    }

    #[test]
    fn a_needle_is_found_in_title_number_and_tag() {
        let mut candidate = Candidate::default();
        candidate.title = Some("Größere Störung".to_owned());
        candidate.number = Some(1204);
        candidate.tags = vec!["TLP:Amber".parse().unwrap()];
        for text in ["störung", "STÖRUNG", "120", "amber"] {
            assert!(Needle::new(text).can_be_in(&candidate), "{text}");
        }
        assert!(!Needle::new("1205").can_be_in(&candidate));
        assert!(Needle::new("anything").can_be_in(&Candidate::default()));
    }
}
