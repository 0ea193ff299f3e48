//! The one-machine host: everything put together, started and stopped.

mod events;
mod listener;
mod web;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use shared::aws::Aws;
use shared::clock::Clock;
use shared::settings::{Settings, SettingsError};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::aws::calls::Calls;
use crate::aws::dynamodb::{DynamoDb, DynamoDbError};
use crate::aws::kms::{self, Kms};
use crate::aws::ses::Ses;
use crate::aws::{ACCESS_KEY, REGION, s3, schema, services};
use crate::data::{DataDir, DataError};
use crate::gateway::issuer::IssuerError;
use crate::mailbox::Mailbox;
use crate::options::{Options, Scanner};
use crate::sign_in::KeyError;
use crate::{durable, functions};

use listener::Listener;

/// Running requests have this long to end.
const GRACE: Duration = Duration::from_secs(10);

/// The SES configuration set of all mail.
const MAIL_SET: &str = "casement";

/// Why the host does not start. Each is one sentence for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A port is taken, or an address is not this machine's.
    #[error("cannot listen on `{0}`: {text}", text = listen_text(.1))]
    Listen(SocketAddr, io::Error),
    /// Development sign-in, and not on loopback.
    #[error(
        "development sign-in makes anyone anyone, so it needs a loopback address, and `{0}` is none"
    )]
    NotLoopback(SocketAddr),
    /// Neither an issuer nor loopback.
    #[error("`{0}` is reachable from elsewhere, so `--issuer` must say whose tokens count")]
    NoIssuer(SocketAddr),
    /// A setting is wrong.
    #[error("the options do not fit: {0}")]
    Settings(#[from] SettingsError),
    /// The embedded DynamoDB does not start.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The key of the development sign-in cannot be used.
    #[error(transparent)]
    SignIn(#[from] KeyError),
    /// There is no client for the issuer.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The file for functions that run by themselves cannot be written.
    #[error("cannot write `{path}`: {1}", path = .0.display())]
    EnvFile(PathBuf, io::Error),
    /// The file system refuses something else.
    #[error("cannot start: {0}")]
    Io(#[from] io::Error),
}

fn listen_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another process uses this port".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have this address".to_owned(),
        _ => error.to_string(),
    }
}

/// A host that answers.
pub struct Running {
    /// Where the API and the pages are.
    pub api_url: String,
    /// Where the files are.
    pub files_url: String,
    /// Who issues the tokens.
    pub issuer: String,
    /// Whether development sign-in is on.
    pub dev_sign_in: bool,
    api: Listener,
    files: Listener,
    background: Vec<JoinHandle<()>>,
    dynamodb: DynamoDb,
    _data: DataDir,
}

impl Running {
    /// Where the embedded DynamoDB answers, on loopback: for measuring it alone.
    #[must_use]
    pub fn dynamodb_url(&self) -> &str {
        self.dynamodb.endpoint()
    }

    /// Takes no new requests, gives running ones ten seconds, and ends.
    pub async fn shutdown(self) {
        // The files go last: a request that is still running may need them.
        let ended = async {
            self.api.close().await;
            self.files.close().await;
        };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("some requests were still running after 10 seconds");
        }
        for task in self.background {
            task.abort();
        }
    }
}

/// Two listeners and how they are reached.
struct Listeners {
    api: TcpListener,
    api_url: String,
    files: TcpListener,
    files_url: String,
}

/// Starts a host. It answers when this returns.
///
/// # Errors
///
/// [`StartError`]
pub async fn start(options: Options) -> Result<Running, StartError> {
    let dev = is_dev_sign_in(&options)?;
    let data = DataDir::open(&options.data)?;
    let paths = data.paths();
    let listeners = listen(&options).await?;
    let clock = if options.test_clock { Clock::test() } else { Clock::system() };

    let calls = options.record_calls.as_deref().map(Calls::into).transpose()?.unwrap_or_default();
    let dynamodb = DynamoDb::start(&paths.table(), calls.clone())?;
    let kms = Kms::open(&paths.key())?;
    let mailbox = Mailbox::open(&paths.mail())?;
    let (uploads, mail) = events::buses(paths)?;
    let ses = {
        let mail = mail.bus.clone();
        Ses::new(mailbox.clone(), clock.clone(), Arc::new(move |event| mail.publish(event)))
    };
    let secret = kms.derived_secret("services");
    let endpoints = services::start(kms.clone(), ses, &secret, &calls).await?;
    let s3_secret = kms.derived_secret("s3");
    let access: Vec<_> = functions::names().chain([ACCESS_KEY]).collect();
    let s3_keys = s3::Keys { access: &access, secret: &s3_secret };
    let origin =
        s3::Origin(http::HeaderValue::from_str(&listeners.api_url).map_err(io::Error::other)?);
    let uploaded = events::upload_hook(&uploads.bus, &clock);
    let files = s3::router(&paths.files(), &s3_keys, origin, uploaded, calls)?;

    let sign_in = web::sign_in(&options, dev, &listeners.api_url, paths, &clock).await?;
    let mut environment = settings(&options, &listeners.api_url, &sign_in.issuer_name);
    environment.extend([
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", s3_secret.clone()),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.endpoint().to_owned()),
        ("AWS_ENDPOINT_URL_S3", listeners.files_url.clone()),
        ("AWS_ENDPOINT_URL_SESV2", endpoints.ses),
        ("AWS_ENDPOINT_URL_KMS", endpoints.kms),
    ]);
    let said = |name: &str| environment.get(name).cloned();
    let settings = Settings::from_vars(said)?;
    let aws = Aws::from_vars(said)?.with_dynamodb_http_client(dynamodb.http_client());
    if let Some(file) = &options.env_file {
        let lines = environment.iter().map(|(name, value)| format!("{name}={value}\n"));
        let failed = |error| StartError::EnvFile(file.clone(), error);
        durable::write_secret(file, lines.collect::<String>().as_bytes()).map_err(failed)?;
    }
    let functions = functions::Shared { settings, clock, aws };

    let changed = Arc::new(Notify::new());
    let scanned = options.scan == Some(Scanner::Eicar);
    let events = events::Events { uploads, mail, changed: Arc::clone(&changed), scanned };
    let (control, background) = events.start(&functions, &dynamodb, paths);
    let issuer = sign_in.issuer_name.clone();
    let site = web::Site { mailbox, sign_in, changed, control, dev };
    let router = web::router(&options, &listeners, &functions, site);

    let Listeners { api, api_url, files: files_listener, files_url } = listeners;
    Ok(Running {
        api_url,
        files_url,
        issuer,
        dev_sign_in: dev,
        api: Listener::serve(api, router),
        files: Listener::serve(files_listener, files),
        background,
        dynamodb,
        _data: data,
    })
}

/// Whether anyone can be anyone: if asked for, or if nothing else is said on loopback.
fn is_dev_sign_in(options: &Options) -> Result<bool, StartError> {
    let elsewhere = [options.listen, options.files_listen]
        .into_iter()
        .find(|address| !address.ip().is_loopback());
    match (options.issuer.is_some(), elsewhere) {
        (true, _) => Ok(false),
        (false, None) => Ok(true),
        (false, Some(address)) if options.dev_sign_in => Err(StartError::NotLoopback(address)),
        (false, Some(address)) => Err(StartError::NoIssuer(address)),
    }
}

async fn listen(options: &Options) -> Result<Listeners, StartError> {
    let bind = async |address: SocketAddr| {
        let failed = |error| StartError::Listen(address, error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        Ok::<_, StartError>((listener, url))
    };
    let (api, api_url) = bind(options.listen).await?;
    let (files, files_url) = bind(options.files_listen).await?;
    Ok(Listeners {
        api,
        api_url: options.url.clone().unwrap_or(api_url),
        files,
        files_url: options.files_url.clone().unwrap_or(files_url),
    })
}

/// The settings, as a deployment would have them in its environment.
fn settings(options: &Options, api_url: &str, issuer: &str) -> BTreeMap<&'static str, String> {
    let mut settings = BTreeMap::from([
        ("CASEMENT_TABLE", schema::TABLE.to_owned()),
        ("CASEMENT_BUCKET", schema::BUCKET.to_owned()),
        ("CASEMENT_KEY", kms::KEY_ID.to_owned()),
        ("CASEMENT_TARGET_KEY", kms::TARGET_KEY_ID.to_owned()),
        ("CASEMENT_ISSUER", issuer.to_owned()),
        ("CASEMENT_APP_URL", api_url.to_owned()),
        ("CASEMENT_MAIL_FROM", options.mail_from.clone()),
        ("CASEMENT_MAIL_SET", MAIL_SET.to_owned()),
        ("CASEMENT_OPERATORS", options.operators.clone()),
        ("CASEMENT_SCAN", if options.scan.is_some() { "on" } else { "off" }.to_owned()),
    ]);
    settings.extend(options.case_url.clone().map(|url| ("CASEMENT_CASE_URL", url)));
    settings
}

#[cfg(test)]
mod tests;
