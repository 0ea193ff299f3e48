//! Casement on one machine: every function in one process, with DynamoDB, S3, SES and KMS embedded.
//!
//! `aws`: what is embedded. `gateway`: from HTTP to a function and back. `events`: what calls the
//! functions that nobody asks. `sign_in`, `pages`, `control`: what the host adds of its own.
//! `host`: all of it, started and stopped. `client`: the API as anybody outside sees it, for
//! `import`, `demo` and the demonstration `world`; `samples` are cases for those without files.

pub mod aws;
pub mod backup;
pub mod client;
pub mod control;
pub mod data;
pub mod demo;
mod durable;
pub mod events;
pub mod functions;
pub mod gateway;
pub mod host;
pub mod import;
pub mod mailbox;
pub mod openapi;
pub mod options;
pub mod pages;
pub mod repair;
pub mod samples;
pub mod sign_in;
pub mod world;
