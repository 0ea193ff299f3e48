//! The words that the stories are told in.

mod answer;
mod ask;
mod case;
mod file;
mod host;
mod mail;
mod org;
mod person;
mod world;

pub(crate) use answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use case::Case;
pub(crate) use file::{Ticket, sha256};
pub(crate) use host::{Host, environment, number_named, operators};
pub(crate) use mail::Mail;
pub(crate) use org::Org;
pub(crate) use person::Person;
pub(crate) use world::{World, skipped};

/// A token that looks like another one and is none.
pub(crate) fn tampered(token: &str) -> String {
    let last = token.chars().last().unwrap();
    let cut = &token[..token.len() - 1];
    // The last character of base64 may carry unused bits: an earlier one is changed.
    let middle = cut.len() - 3;
    let other = if &cut[middle..=middle] == "A" { "B" } else { "A" };
    format!("{}{other}{}{last}", &cut[..middle], &cut[middle + 1..])
}
