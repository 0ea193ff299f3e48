//! Clients for AWS, without `aws-config`: its loader and the native trust store are nearly all of
//! a cold start's CPU.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::region::Region;

use crate::settings::SettingsError;

/// Amazon Root CA 1 to 4 and Starfield Services G2, as Debian's `ca-certificates` has them: every
/// endpoint of AWS chains to one of them.
const ROOTS: &[u8] = include_bytes!("roots.pem");

/// How long a function waits for DynamoDB, which answers within some 10 ms.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long one try of a request may take.
    pub one_try: Duration,
    /// How long all tries of a request may take.
    pub all_tries: Duration,
    /// The first pause between two tries, at most.
    pub pause: Duration,
}

impl Default for Patience {
    /// A function that waits for two rounds and a write in vain answers within the 29 s of the
    /// gateway. The pause is the SDK's own.
    fn default() -> Self {
        Self {
            one_try: Duration::from_secs(3),
            all_tries: Duration::from_secs(8),
            pause: Duration::from_secs(1),
        }
    }
}

/// What all clients share: region, credentials, endpoints and one pool of connections.
#[derive(Clone)]
pub struct Aws {
    region: Region,
    credentials: Credentials,
    endpoint: Endpoint,
    http: SharedHttpClient,
    /// The way to DynamoDB, where it is another one.
    dynamodb_http: Option<SharedHttpClient>,
    patience: Patience,
}

/// Endpoints that the environment names instead of AWS's own.
#[derive(Clone, Default)]
struct Endpoint {
    all: Option<String>,
    dynamodb: Option<String>,
    s3: Option<String>,
    sesv2: Option<String>,
    kms: Option<String>,
}

impl Aws {
    /// Reads region, credentials and endpoints from the environment.
    ///
    /// # Errors
    ///
    /// Region or credentials are missing.
    pub fn from_env() -> Result<Self, SettingsError> {
        #[expect(clippy::disallowed_methods, reason = "this is where the connection is read")]
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// Reads region, credentials and endpoints from wherever the host keeps them, under the names
    /// that the AWS tools use: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`.
    ///
    /// # Errors
    ///
    /// Region or credentials are missing.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let needed = |name: &'static str| {
            var(name).filter(|value| !value.is_empty()).ok_or(SettingsError::Missing(name))
        };
        Ok(Self {
            region: Region::new(needed("AWS_REGION")?),
            credentials: Credentials::new(
                needed("AWS_ACCESS_KEY_ID")?,
                needed("AWS_SECRET_ACCESS_KEY")?,
                var("AWS_SESSION_TOKEN").filter(|token| !token.is_empty()),
                None,
                "environment",
            ),
            endpoint: Endpoint {
                all: var("AWS_ENDPOINT_URL"),
                dynamodb: var("AWS_ENDPOINT_URL_DYNAMODB"),
                s3: var("AWS_ENDPOINT_URL_S3"),
                sesv2: var("AWS_ENDPOINT_URL_SESV2"),
                kms: var("AWS_ENDPOINT_URL_KMS"),
            },
            http: http_client(),
            dynamodb_http: None,
            patience: Patience::default(),
        })
    }

    /// The same connection, but every request goes through `http`: a test can hold, count, fail or
    /// repeat single requests there.
    #[must_use]
    pub fn with_http_client(self, http: SharedHttpClient) -> Self {
        Self { http, dynamodb_http: None, ..self }
    }

    /// The same connection, but requests to DynamoDB go through `http`: the one-machine host has it
    /// in its own process.
    #[must_use]
    pub fn with_dynamodb_http_client(self, http: SharedHttpClient) -> Self {
        Self { dynamodb_http: Some(http), ..self }
    }

    /// The same connection, with other limits on how long DynamoDB is waited for: a test that
    /// breaks thousands of requests cannot wait as long as a function.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The same connection, but requests are signed with the key of this id: the one-machine host
    /// sees by it which function asks.
    #[must_use]
    pub fn with_access_key(self, id: &str) -> Self {
        let secret = self.credentials.secret_access_key().to_owned();
        Self { credentials: Credentials::new(id, secret, None, None, "host"), ..self }
    }

    /// A client for DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let http = self.dynamodb_http.as_ref().unwrap_or(&self.http);
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version_latest()
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(http.clone())
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(self.patience.one_try)
                    .operation_timeout(self.patience.all_tries)
                    .build(),
            )
            .retry_config(RetryConfig::standard().with_initial_backoff(self.patience.pause));
        config.set_endpoint_url(self.endpoint.dynamodb.clone().or(self.endpoint.all.clone()));
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// A client for S3. With an endpoint of one's own the bucket is addressed by path.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let endpoint = self.endpoint.s3.clone().or(self.endpoint.all.clone());
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version_latest()
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .force_path_style(endpoint.is_some());
        config.set_endpoint_url(endpoint);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// A client for SES.
    #[must_use]
    pub fn ses(&self) -> aws_sdk_sesv2::Client {
        let mut config = aws_sdk_sesv2::Config::builder()
            .behavior_version_latest()
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone());
        config.set_endpoint_url(self.endpoint.sesv2.clone().or(self.endpoint.all.clone()));
        aws_sdk_sesv2::Client::from_conf(config.build())
    }

    /// A client for KMS.
    #[must_use]
    pub fn kms(&self) -> aws_sdk_kms::Client {
        let mut config = aws_sdk_kms::Config::builder()
            .behavior_version_latest()
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone());
        config.set_endpoint_url(self.endpoint.kms.clone().or(self.endpoint.all.clone()));
        aws_sdk_kms::Client::from_conf(config.build())
    }
}

/// HTTPS with ring (aws-lc spends 31 ms of CPU on entropy in the first handshake) and the embedded
/// roots only.
fn http_client() -> SharedHttpClient {
    let context = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(ROOTS))
        .build();
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    match context {
        Ok(context) => builder.tls_context(context).build_https(),
        // The roots are compiled in, and a test reads them.
        Err(_) => builder.build_https(),
    }
}
