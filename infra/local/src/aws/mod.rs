//! AWS, as far as Casement uses it, on loopback ports of this process.

pub mod calls;
pub mod dynamodb;
pub mod engine;
pub mod in_process;
pub mod kms;
pub mod s3;
pub mod schema;
pub mod services;
pub mod ses;
mod ses_events;
pub mod stream_table;
mod write_ahead;

/// Region of everything embedded. Nothing is sent there; requests are signed for it.
pub const REGION: &str = "eu-central-1";

/// Id of the keys with which this host itself signs. Functions sign with their names.
pub const ACCESS_KEY: &str = "CASEMENTLOCAL";

/// Account in the ARNs of everything embedded.
pub const ACCOUNT: &str = "000000000000";

pub(crate) use ses_events::EICAR;
