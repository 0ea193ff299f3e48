//! What `casement serve` is told.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of the one-machine host.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Directory for everything that is kept; it is made at the first start
    #[arg(long, value_name = "DIR", default_value = "casement-data")]
    pub data: PathBuf,

    /// Where the API and the pages listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Where the files listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    pub files_listen: SocketAddr,

    /// How the API and the pages are reached, if not by the address on which they listen
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub url: Option<String>,

    /// How the files are reached, if not by the address on which they listen
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub files_url: Option<String>,

    /// Issuer of the access tokens, an OIDC provider
    #[arg(long, value_name = "URL", conflicts_with = "dev_sign_in", requires = "audience")]
    pub issuer: Option<String>,

    /// What `aud` must be, or `client_id` in tokens without `aud`; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub audience: Vec<String>,

    /// The client that the pages are for the issuer
    #[arg(long, value_name = "ID", default_value = crate::sign_in::CLIENT_ID)]
    pub client_id: String,

    /// Let anyone sign in as anyone: for development, on a loopback address only
    #[arg(long)]
    pub dev_sign_in: bool,

    /// Addresses of the operators, with commas: they make organisations
    #[arg(long, value_name = "ADDRESSES", default_value = "")]
    pub operators: String,

    /// Where a case is shown, to which its id is appended; else on a plain page of the host
    #[arg(long, value_name = "URL")]
    pub case_url: Option<String>,

    /// Sender of all mail
    #[arg(long, value_name = "ADDRESS", default_value = "casement@localhost.test")]
    pub mail_from: String,

    /// Let uploads wait for a malware scan; `eicar` is a stand-in that knows the EICAR test file
    #[arg(long, value_name = "SCANNER")]
    pub scan: Option<Scanner>,

    /// Make a demonstration world at the start
    #[arg(long)]
    pub demo: bool,

    /// Make the demonstration world's cases from the files of this folder
    #[arg(long, value_name = "FOLDER", requires = "demo")]
    pub from: Option<PathBuf>,

    /// Run on a clock that `POST /_local/clock` moves on
    #[arg(long)]
    pub test_clock: bool,

    /// Add to this file which function asks AWS for what
    #[arg(long, value_name = "FILE")]
    pub record_calls: Option<PathBuf>,

    /// Write into this file what a function needs in its environment to run by itself against this
    /// host, keys included: `cargo lambda watch --env-file FILE`
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,

    /// Write the URLs into this file as JSON, once requests are answered
    #[arg(long, value_name = "FILE")]
    pub announce: Option<PathBuf>,
}

/// A malware scanner.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Scanner {
    /// Knows the EICAR test file and nothing else
    Eicar,
}

impl Options {
    /// A host on free loopback ports with development sign-in: for demonstrations and tests.
    #[must_use]
    pub fn throw_away(data: PathBuf) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            data,
            listen: any,
            files_listen: any,
            url: None,
            files_url: None,
            issuer: None,
            audience: Vec::new(),
            client_id: crate::sign_in::CLIENT_ID.to_owned(),
            dev_sign_in: true,
            operators: String::new(),
            case_url: None,
            mail_from: "casement@localhost.test".to_owned(),
            scan: None,
            demo: false,
            from: None,
            test_clock: false,
            record_calls: None,
            env_file: None,
            announce: None,
        }
    }
}

/// Scheme, host and port, and nothing behind them: links are made by appending to it.
fn origin(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
    let is_bare = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if is_bare {
        Ok(url.origin().ascii_serialization())
    } else {
        Err("it must be http:// or https://, a host and a port".to_owned())
    }
}
