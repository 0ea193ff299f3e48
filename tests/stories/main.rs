//! The stories: what Casement promises, told over HTTP against a host that runs.
//!
//! The host is the one that `CASEMENT_URL` names, or one that is started once for all stories.
//! Each story makes its own orgs and people, so they run side by side. Those that move time have
//! a host of their own and take turns on it; a deployed host skips them, and says so.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that cannot go on has failed, and says where"
)]

mod dsl;

mod assigning;
mod attachments;
mod auto_share;
mod bad_input;
mod browser;
mod conflicts;
mod deconflicting;
mod directory;
mod disconnect;
mod durability;
mod external;
mod golden;
mod groups;
mod hidden;
mod history;
mod http;
mod invitations;
mod item_sharing;
mod items;
mod kills;
mod links;
mod lists;
mod mail;
mod marks;
mod merging;
mod notices;
mod observables;
mod owner;
mod partners;
mod policy;
mod receiving;
mod repair;
mod revoking;
mod roles;
mod sections;
mod share_all;
mod sharing;
mod sign_in;
mod tidy;
mod uploads;
