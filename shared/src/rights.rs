//! What somebody may do: levels by section, flags, roles and profiles. Small copyable values.

use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};

use crate::id::{OrgId, ProfileName};

/// What one may do with the items of one section.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The section is absent.
    #[default]
    None,
    /// View.
    Read,
    /// All operations.
    Write,
}

/// A part of a case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Section {
    /// Number, title, description, severity, TLP, status, tags.
    Details,
    /// Comments.
    Comments,
    /// Attachments that are documents.
    Documents,
    /// Attachments that are reports.
    Reports,
    /// Contact data.
    Contact,
    /// Tasks.
    Tasks,
    /// Observables.
    Observables,
    /// Targets.
    Targets,
}

impl Section {
    /// Every section, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Details,
        Self::Comments,
        Self::Documents,
        Self::Reports,
        Self::Contact,
        Self::Tasks,
        Self::Observables,
        Self::Targets,
    ];

    /// The word for the section in keys and URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Details => "details",
            Self::Comments => "comments",
            Self::Documents => "documents",
            Self::Reports => "reports",
            Self::Contact => "contact",
            Self::Tasks => "tasks",
            Self::Observables => "observables",
            Self::Targets => "targets",
        }
    }
}

/// A level for each section. In JSON an object; a section that is not named is `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Levels {
    /// Number, title, description, severity, TLP, status, tags.
    pub details: Level,
    /// Comments.
    pub comments: Level,
    /// Attachments that are documents.
    pub documents: Level,
    /// Attachments that are reports.
    pub reports: Level,
    /// Contact data.
    pub contact: Level,
    /// Tasks.
    pub tasks: Level,
    /// Observables.
    pub observables: Level,
    /// Targets.
    pub targets: Level,
}

impl Levels {
    /// The same level everywhere.
    #[must_use]
    pub const fn all(level: Level) -> Self {
        Self {
            details: level,
            comments: level,
            documents: level,
            reports: level,
            contact: level,
            tasks: level,
            observables: level,
            targets: level,
        }
    }

    /// The level of one section.
    #[must_use]
    pub const fn of(self, section: Section) -> Level {
        match section {
            Section::Details => self.details,
            Section::Comments => self.comments,
            Section::Documents => self.documents,
            Section::Reports => self.reports,
            Section::Contact => self.contact,
            Section::Tasks => self.tasks,
            Section::Observables => self.observables,
            Section::Targets => self.targets,
        }
    }

    /// The same levels, but `level` in `section`.
    #[must_use]
    pub const fn with(mut self, section: Section, level: Level) -> Self {
        match section {
            Section::Details => self.details = level,
            Section::Comments => self.comments = level,
            Section::Documents => self.documents = level,
            Section::Reports => self.reports = level,
            Section::Contact => self.contact = level,
            Section::Tasks => self.tasks = level,
            Section::Observables => self.observables = level,
            Section::Targets => self.targets = level,
        }
        self
    }

    fn zip(self, other: Self, pick: impl Fn(Level, Level) -> Level) -> Self {
        Section::ALL.into_iter().fold(Self::default(), |levels, section| {
            levels.with(section, pick(self.of(section), other.of(section)))
        })
    }

    /// The higher level of both, section by section.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.zip(other, Level::max)
    }

    /// The lower level of both, section by section.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        self.zip(other, Level::min)
    }
}

/// What one may do with a case as a whole.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Flag {
    /// Close the case.
    Close,
    /// Open it again.
    Reopen,
    /// Delete it, for everybody.
    Delete,
    /// Share it, and see and change its shares.
    Share,
    /// Open it to external users.
    ShareExternal,
    /// Restrict it to named users, and open it again.
    Restrict,
    /// Assign it to colleagues.
    Assign,
    /// Give it to another org.
    ChangeOwner,
}

impl Flag {
    /// Every flag.
    pub const ALL: [Self; 8] = [
        Self::Close,
        Self::Reopen,
        Self::Delete,
        Self::Share,
        Self::ShareExternal,
        Self::Restrict,
        Self::Assign,
        Self::ChangeOwner,
    ];
}

/// What one may do in an org, outside its cases.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum OrgFlag {
    /// Make cases.
    CreateCase,
    /// Invite, change, lock and remove members.
    ManageMembers,
    /// Make and change profiles.
    ManageProfiles,
    /// Agree with other orgs.
    ManageLinks,
    /// Take in what other orgs send.
    Receive,
    /// Read the org's audit view.
    Audit,
    /// Change the org's settings.
    Settings,
}

impl OrgFlag {
    /// Every org flag.
    pub const ALL: [Self; 7] = [
        Self::CreateCase,
        Self::ManageMembers,
        Self::ManageProfiles,
        Self::ManageLinks,
        Self::Receive,
        Self::Audit,
        Self::Settings,
    ];
}

/// What both sets of flags can do: a set of at most eight, in one byte.
macro_rules! flag_set {
    ($name:ident of $flag:ident) => {
        impl $name {
            /// No flag.
            pub const NONE: Self = Self(0);
            /// Every flag.
            pub const EVERY: Self = {
                let mut bits = 0;
                let mut at = 0;
                while at < $flag::ALL.len() {
                    bits |= 1 << at;
                    at += 1;
                }
                Self(bits)
            };

            /// Just these flags.
            #[must_use]
            pub fn of(flags: &[$flag]) -> Self {
                Self(flags.iter().fold(0, |bits, &flag| bits | 1 << flag as u8))
            }

            /// Whether the flag is in the set.
            #[must_use]
            pub const fn has(self, flag: $flag) -> bool {
                self.0 & (1 << flag as u8) != 0
            }

            /// Flags of either.
            #[must_use]
            pub const fn join(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Flags of both.
            #[must_use]
            pub const fn meet(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// The set without the flags of `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// The flags, in their order.
            pub fn iter(self) -> impl Iterator<Item = $flag> {
                $flag::ALL.into_iter().filter(move |&flag| self.has(flag))
            }
        }

        impl From<Vec<$flag>> for $name {
            fn from(flags: Vec<$flag>) -> Self {
                Self::of(&flags)
            }
        }

        impl From<$name> for Vec<$flag> {
            fn from(flags: $name) -> Self {
                flags.iter().collect()
            }
        }

        impl PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                Vec::<$flag>::schema()
            }
        }

        impl ToSchema for $name {
            fn schemas(
                schemas: &mut Vec<(
                    String,
                    utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
                )>,
            ) {
                schemas.push(($flag::name().into(), $flag::schema()));
            }
        }
    };
}

/// A set of [`Flag`]s; in JSON the list of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Flag>", into = "Vec<Flag>")]
pub struct Flags(u8);
flag_set!(Flags of Flag);

/// A set of [`OrgFlag`]s; in JSON the list of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<OrgFlag>", into = "Vec<OrgFlag>")]
pub struct OrgRights(u8);
flag_set!(OrgRights of OrgFlag);

/// A level for each section, and flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rights {
    /// Level by section.
    pub levels: Levels,
    /// What may be done with the case as a whole.
    pub flags: Flags,
}

impl Rights {
    /// Nothing at all.
    pub const NONE: Self = Self { levels: Levels::all(Level::None), flags: Flags::NONE };

    /// What no share ever gives: `delete`, `restrict`, `change_owner`, `share`, `share_external`,
    /// `assign`.
    #[must_use]
    pub fn flags_no_share_gives() -> Flags {
        Flags::EVERY.without(Flags::of(&[Flag::Close, Flag::Reopen]))
    }

    /// The more permissive of both, section by section and flag by flag.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { levels: self.levels.join(other.levels), flags: self.flags.join(other.flags) }
    }

    /// The less permissive of both.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        Self { levels: self.levels.meet(other.levels), flags: self.flags.meet(other.flags) }
    }

    /// As a share may give them: masked, and at least `read` on `details`. Applied when a share is
    /// written and again when it is checked.
    #[must_use]
    pub fn as_share(self) -> Self {
        Self {
            levels: Levels { details: self.levels.details.max(Level::Read), ..self.levels },
            flags: self.flags.without(Self::flags_no_share_gives()),
        }
    }

    /// View only: no level above `read`, no flag.
    #[must_use]
    pub fn cut_to_read(self) -> Self {
        Self { levels: self.levels.meet(Levels::all(Level::Read)), flags: Flags::NONE }
    }

    /// Whether `self` gives everything that `other` gives.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.join(other) == self
    }
}

/// A name for rights that a share gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads everything.
    Viewer,
    /// Changes everything, never closes or deletes.
    Editor,
    /// An editor who also closes and reopens, and never deletes.
    EditorClose,
}

impl Role {
    /// Every role, the least permissive first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::EditorClose];

    /// The rights that the role stands for.
    #[must_use]
    pub fn rights(self) -> Rights {
        match self {
            Self::Viewer => Rights { levels: Levels::all(Level::Read), flags: Flags::NONE },
            Self::Editor => Rights { levels: Levels::all(Level::Write), flags: Flags::NONE },
            Self::EditorClose => Rights {
                levels: Levels::all(Level::Write),
                flags: Flags::of(&[Flag::Close, Flag::Reopen]),
            },
        }
    }

    /// The role whose rights, as a share may give them, are just `rights`.
    #[must_use]
    pub fn named(rights: Rights) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.rights() == rights.as_share())
    }
}

/// Whom a profile is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProfileType {
    /// Normal and service members.
    Organisation,
    /// External members.
    External,
}

/// A named set of rights that an org gives to its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// Its name inside the org.
    pub name: ProfileName,
    /// Whom it is for.
    #[serde(rename = "type")]
    pub kind: ProfileType,
    /// What it gives in a case.
    pub rights: Rights,
    /// What it gives in the org.
    pub org_rights: OrgRights,
}

/// The five built-in profiles, by name. Orgs may copy and change them under another name.
#[must_use]
pub fn built_in(name: &ProfileName) -> Option<Profile> {
    let read = |sections: &[Section], level| {
        sections.iter().fold(Levels::default(), |levels, &section| levels.with(section, level))
    };
    let (kind, rights, org_rights) = match name.as_str() {
        "org-admin" => (
            ProfileType::Organisation,
            Rights { levels: Levels::all(Level::Write), flags: Flags::EVERY },
            OrgRights::EVERY,
        ),
        "analyst" => (
            ProfileType::Organisation,
            Rights {
                levels: Levels::all(Level::Write),
                flags: Flags::of(&[
                    Flag::Close,
                    Flag::Reopen,
                    Flag::Delete,
                    Flag::Share,
                    Flag::Assign,
                ]),
            },
            OrgRights::of(&[OrgFlag::CreateCase]),
        ),
        "read-only" => (
            ProfileType::Organisation,
            Rights { levels: Levels::all(Level::Read), flags: Flags::NONE },
            OrgRights::NONE,
        ),
        "external-reader" => (
            ProfileType::External,
            Rights { levels: read(&EXTERNAL_READS, Level::Read), flags: Flags::NONE },
            OrgRights::NONE,
        ),
        "external-actor" => (
            ProfileType::External,
            Rights {
                levels: read(&EXTERNAL_READS, Level::Write).with(Section::Details, Level::Read),
                flags: Flags::NONE,
            },
            OrgRights::of(&[OrgFlag::CreateCase]),
        ),
        _ => return None,
    };
    Some(Profile { name: name.clone(), kind, rights, org_rights })
}

/// The names of the built-in profiles.
pub const BUILT_IN: [&str; 5] =
    ["org-admin", "analyst", "read-only", "external-reader", "external-actor"];

const EXTERNAL_READS: [Section; 5] = [
    Section::Details,
    Section::Comments,
    Section::Documents,
    Section::Reports,
    Section::Observables,
];

/// A profile of one org, as it is named outside of it: `org/name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileRef {
    /// Whose profile.
    pub org: OrgId,
    /// Which.
    pub name: ProfileName,
}

impl std::str::FromStr for ProfileRef {
    type Err = crate::id::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (org, name) = text.split_once('/').ok_or(crate::id::IdError::Slug)?;
        Ok(Self { org: org.parse()?, name: name.parse()? })
    }
}

impl std::fmt::Display for ProfileRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.org, self.name)
    }
}

crate::id::as_text!(ProfileRef, "acme/read-only", "^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$");

/// What a share gives: exactly one of a role, a profile (read live) or a level per section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The rights of a role.
    Role(Role),
    /// The rights that a profile has when they are asked for.
    Profile(ProfileRef),
    /// A level per section; sections that are not named are `none`, `details` is at least `read`.
    Levels(Levels),
}
