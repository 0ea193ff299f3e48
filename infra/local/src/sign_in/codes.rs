//! Authorization codes: good once, for a minute, in this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::token::Person;

const LIFE: Duration = Duration::from_mins(1);

/// The codes that are out.
#[derive(Default)]
pub(super) struct Codes {
    out: Mutex<HashMap<String, (Instant, Ticket)>>,
}

/// What a code stands for.
pub(super) struct Ticket {
    pub(super) person: Person,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// `S256` of the verifier that the client will show.
    pub(super) challenge: String,
}

impl Codes {
    /// A code for `ticket`.
    pub(super) fn issue(&self, ticket: Ticket) -> Option<String> {
        let mut random = [0; 32];
        SystemRandom::new().fill(&mut random).ok()?;
        let code = BASE64_URL_SAFE_NO_PAD.encode(random);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.retain(|_, (since, _)| since.elapsed() < LIFE);
        out.insert(code.clone(), (Instant::now(), ticket));
        Some(code)
    }

    /// What `code` stands for, once, for who knows the verifier.
    pub(super) fn redeem(&self, code: &str, verifier: &str) -> Option<Ticket> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, ticket) = out.remove(code)?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        (since.elapsed() < LIFE && challenge == ticket.challenge).then_some(ticket)
    }
}
