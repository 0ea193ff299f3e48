//! Casement on one machine.
pub mod aws;
pub mod data;
pub mod durable;
pub mod mailbox;
