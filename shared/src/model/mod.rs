//! The things that lie in the table, as plain types: no DynamoDB, no HTTP, no clock.

mod case;
mod event;
mod grant;
mod invitation;
mod item;
mod link;
mod notice;
mod org;
mod person;

pub use case::{CaseStatus, Details, Head, ItemRules, Severity, ShareRule, Tlp};
pub use event::{Actor, Event, EventItem, EventKind};
pub use grant::{Grant, GrantWindow, MailState};
pub use invitation::{Invitation, InvitationState, Purpose};
pub use item::{
    Attachment, AttachmentState, Comment, CommentBody, Contact, ContactBody, Item, ItemBody,
    Observable, ObservableBody, Origin, Target, TargetBody, Task, TaskAssignee, TaskBody,
    TaskStatus, object_key, of_object_key,
};
pub use link::{
    AutoShare, ItemShare, Link, LinkType, OverLink, Source, Unit, reaching, searchable,
};
pub use notice::{Job, JobKind, Notice, NoticeKind};
pub use org::{Acceptance, Group, GuestPolicy, Org, OrgSettings};
pub use person::{EmailOwner, GroupInvitee, GroupMember, InvitedMember, Member, User};
