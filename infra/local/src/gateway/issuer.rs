//! Who issues the tokens, and with which keys.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
use serde::Deserialize;
use tokio::sync::Mutex;

/// Keys are fetched again after this.
const FRESH: Duration = Duration::from_hours(1);

/// A key that is not known is looked for, but not more often than this: anybody can send tokens.
const PAUSE: Duration = Duration::from_secs(10);

/// An issuer of access tokens.
pub struct Issuer {
    name: String,
    keys: Keys,
}

enum Keys {
    /// The host's own key.
    Own { id: String, key: Arc<DecodingKey> },
    /// What the issuer publishes.
    Published { client: reqwest::Client, known: Mutex<Known> },
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Arc<DecodingKey>>,
    asked: Option<Instant>,
    fetched: Option<Instant>,
}

/// The issuer does not say where its keys are, or does not show them.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// It does not answer, or not with what `OpenID` Connect Discovery asks for.
    #[error("the issuer does not answer as an OpenID provider")]
    Away(#[from] reqwest::Error),
    /// Its discovery document is that of another.
    #[error("the discovery document names another issuer")]
    Other,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
    authorization_endpoint: String,
    token_endpoint: String,
}

/// Where an issuer signs people in.
#[derive(Clone, Debug)]
pub struct SignInEndpoints {
    /// Where the browser goes.
    pub authorize: String,
    /// Where the code becomes a token.
    pub token: String,
}

impl Issuer {
    /// The host itself, under `name`, with one key.
    #[must_use]
    pub fn own(name: String, id: String, key: DecodingKey) -> Self {
        Self { name, keys: Keys::Own { id, key: Arc::new(key) } }
    }

    /// A real provider: its keys are found by `OpenID` Connect Discovery.
    ///
    /// # Errors
    ///
    /// There is no HTTP client to be had.
    pub fn published(name: String) -> Result<Self, IssuerError> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        Ok(Self { name, keys: Keys::Published { client, known: Mutex::default() } })
    }

    /// What `iss` must be.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it signs people in. The host's own sign-in is known without asking.
    ///
    /// # Errors
    ///
    /// [`IssuerError`]
    pub async fn endpoints(&self) -> Result<Option<SignInEndpoints>, IssuerError> {
        let Keys::Published { client, .. } = &self.keys else { return Ok(None) };
        let discovery = self.discover(client).await?;
        Ok(Some(SignInEndpoints {
            authorize: discovery.authorization_endpoint,
            token: discovery.token_endpoint,
        }))
    }

    /// The key with this id, if the issuer has it.
    pub(super) async fn key(&self, id: &str) -> Option<Arc<DecodingKey>> {
        match &self.keys {
            Keys::Own { id: own, key } => (own == id).then(|| Arc::clone(key)),
            Keys::Published { client, known } => {
                let mut known = known.lock().await;
                if known.is_stale(id) {
                    known.asked = Some(Instant::now());
                    match self.fetch(client).await {
                        Ok(keys) => {
                            known.keys = keys;
                            known.fetched = known.asked;
                        }
                        // The keys that are known stay good.
                        Err(error) => tracing::warn!(%error, "could not fetch the issuer's keys"),
                    }
                }
                known.keys.get(id).cloned()
            }
        }
    }

    async fn discover(&self, client: &reqwest::Client) -> Result<Discovery, IssuerError> {
        let base = self.name.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let discovery: Discovery = client.get(url).send().await?.error_for_status()?.json().await?;
        if discovery.issuer == self.name { Ok(discovery) } else { Err(IssuerError::Other) }
    }

    async fn fetch(
        &self,
        client: &reqwest::Client,
    ) -> Result<HashMap<String, Arc<DecodingKey>>, IssuerError> {
        let discovery = self.discover(client).await?;
        let set: JwkSet =
            client.get(discovery.jwks_uri).send().await?.error_for_status()?.json().await?;
        let keys = set.keys.iter().filter_map(|key| {
            let id = key.common.key_id.clone()?;
            matches!(key.algorithm, AlgorithmParameters::RSA(_)).then_some(())?;
            Some((id, Arc::new(DecodingKey::from_jwk(key).ok()?)))
        });
        Ok(keys.collect())
    }
}

impl Known {
    fn is_stale(&self, id: &str) -> bool {
        let older = |since: Option<Instant>, than| since.is_none_or(|since| since.elapsed() > than);
        let wanted = older(self.fetched, FRESH) || !self.keys.contains_key(id);
        wanted && older(self.asked, PAUSE)
    }
}
