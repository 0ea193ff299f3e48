//! The words, rules, table and HTTP that all functions share.
//!
//! `id`, `address`, `text`, `value`, `rights`, `access`, `model`: words and rules; no AWS, no HTTP, no
//! clock. `store`: the only module that speaks DynamoDB. `error` and `http`: the only ones that
//! know a status code.

pub mod access;
pub mod access_list;
pub mod address;
pub mod app;
pub mod aws;
pub mod caller;
pub mod clock;
pub mod error;
pub mod files;
pub mod http;
pub mod id;
pub mod inviting;
pub mod items;
pub mod lambda;
pub mod mac;
pub mod mailer;
pub mod model;
pub mod place;
pub mod rights;
pub mod routes;
pub mod settings;
pub mod sharing;
pub mod store;
pub mod tags;
pub mod telling;
pub mod text;
pub mod uploads;
pub mod value;
