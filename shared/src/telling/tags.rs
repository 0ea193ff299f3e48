//! What a mail is about, as its tags say, so that what SES tells of it finds the row again.

use crate::id::{CaseId, InvitationId, JobId, ShareId};

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An invitation.
    Invitation {
        /// Which.
        id: InvitationId,
        /// In which generation.
        generation: u64,
    },
    /// A share that was there at once.
    Share {
        /// The case.
        case: CaseId,
        /// The share.
        share: ShareId,
        /// In which generation.
        generation: u64,
    },
    /// A share with a group, told to a member. Nothing waits to hear what became of it.
    Group {
        /// The case.
        case: CaseId,
        /// The share.
        share: ShareId,
        /// In which generation.
        generation: u64,
    },
    /// A share that was taken back. Nothing waits to hear what became of it.
    Revoked {
        /// The job that told of it.
        job: JobId,
    },
    /// A share that waits to be taken in by an org. Nothing waits to hear what became of it.
    Incoming {
        /// The job that told of it.
        job: JobId,
    },
    /// A target that two orgs have. Nothing waits to hear what became of it.
    Deconfliction {
        /// The job that told of it.
        job: JobId,
    },
    /// A case that its maker made through the portal. Nothing waits to hear what became of it.
    Confirmed {
        /// The job that told of it.
        job: JobId,
    },
}

impl About {
    /// The tags of a mail about it: ids and numbers, never an address.
    #[must_use]
    pub fn tags(&self) -> Vec<(&'static str, String)> {
        let tags = |kind: &str, id: String, generation: u64, case: Option<CaseId>| {
            let mut tags =
                vec![("kind", kind.to_owned()), ("id", id), ("generation", generation.to_string())];
            tags.extend(case.map(|case| ("case", case.to_string())));
            tags
        };
        match self {
            Self::Invitation { id, generation } => {
                tags("invitation", id.to_string(), *generation, None)
            }
            Self::Share { case, share, generation } => {
                tags("share", share.to_string(), *generation, Some(*case))
            }
            Self::Group { case, share, generation } => {
                tags("group", share.to_string(), *generation, Some(*case))
            }
            Self::Revoked { job } => tags("revoked", job.to_string(), 0, None),
            Self::Incoming { job } => tags("incoming", job.to_string(), 0, None),
            Self::Deconfliction { job } => tags("deconfliction", job.to_string(), 0, None),
            Self::Confirmed { job } => tags("confirmed", job.to_string(), 0, None),
        }
    }

    /// What a mail with these tags is about. `None` for tags that are not ours.
    #[must_use]
    pub fn from_tags<'a>(tag: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let generation = || tag("generation")?.parse().ok();
        let share = || -> Option<(CaseId, ShareId, u64)> {
            Some((tag("case")?.parse().ok()?, tag("id")?.parse().ok()?, generation()?))
        };
        match tag("kind")? {
            "invitation" => {
                Some(Self::Invitation { id: tag("id")?.parse().ok()?, generation: generation()? })
            }
            "share" => {
                share().map(|(case, share, generation)| Self::Share { case, share, generation })
            }
            "group" => {
                share().map(|(case, share, generation)| Self::Group { case, share, generation })
            }
            "revoked" => Some(Self::Revoked { job: tag("id")?.parse().ok()? }),
            "incoming" => Some(Self::Incoming { job: tag("id")?.parse().ok()? }),
            "deconfliction" => Some(Self::Deconfliction { job: tag("id")?.parse().ok()? }),
            "confirmed" => Some(Self::Confirmed { job: tag("id")?.parse().ok()? }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mail_is_about_survives_its_tags() {
        let case: CaseId = "01JC0A7Z3X5D9V6K2M4N8P1QRS".parse().unwrap();
        let share: ShareId = "smfrggzdfmztwq2lknnwg23tpob".parse().unwrap();
        let all = [
            About::Invitation { id: "01JC0A7Z3X5D9V6K2M4N8P1QRT".parse().unwrap(), generation: 2 },
            About::Share { case, share: share.clone(), generation: 7 },
            About::Group { case, share, generation: 8 },
            About::Revoked { job: "01JC0A7Z3X5D9V6K2M4N8P1QRV".parse().unwrap() },
            About::Incoming { job: "01JC0A7Z3X5D9V6K2M4N8P1QRX".parse().unwrap() },
            About::Deconfliction { job: "01JC0A7Z3X5D9V6K2M4N8P1QRY".parse().unwrap() },
            About::Confirmed { job: "01JC0A7Z3X5D9V6K2M4N8P1QRW".parse().unwrap() },
        ];
        for about in all {
            let tags = about.tags();
            let tag = |name: &str| {
                tags.iter().find(|(of, _)| *of == name).map(|(_, value)| value.as_str())
            };
            assert_eq!(About::from_tags(tag).as_ref(), Some(&about));
            // SES takes letters, digits and these only.
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-.@".contains(c);
            assert!(tags.iter().all(|(_, value)| value.chars().all(plain)));
        }
        assert_eq!(About::from_tags(|_| None), None);
        assert_eq!(About::from_tags(|_| Some("share")), None);
    }
}
