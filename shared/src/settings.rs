//! What a deployment sets. Read once, at start; nothing reads the environment after that.

use crate::address::Address;
use crate::id::CaseId;

/// A variable that is missing or wrong. Stops the start, not the thousandth request.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The variable is not set, or empty.
    #[error("the variable `{0}` is not set")]
    Missing(&'static str),
    /// The variable does not say what it must.
    #[error("the variable `{0}` {1}")]
    Invalid(&'static str, String),
}

/// The settings of one deployment.
///
/// | variable | what | default |
/// |---|---|---|
/// | `CASEMENT_TABLE` | name of the DynamoDB table | |
/// | `CASEMENT_BUCKET` | name of the S3 bucket | |
/// | `CASEMENT_KEY` | id or ARN of the KMS HMAC key | |
/// | `CASEMENT_TARGET_KEY` | id or ARN of another KMS HMAC key, which names targets. `items` needs it | |
/// | `CASEMENT_ISSUER` | the `iss` that tokens must have | |
/// | `CASEMENT_APP_URL` | where the pages are, no slash at the end | |
/// | `CASEMENT_CASE_URL` | what a case's id is appended to: `https://soc.example/cases/`, `https://soc.example/?case=`. Empty: the plain page | |
/// | `CASEMENT_MAIL_FROM` | sender's address | |
/// | `CASEMENT_MAIL_SET` | SES configuration set | |
/// | `CASEMENT_OPERATORS` | verified addresses of the operators, separated by commas | |
/// | `CASEMENT_CLAIM_EMAIL` | claim with the address | `email` |
/// | `CASEMENT_CLAIM_EMAIL_VERIFIED` | claim that says that it is verified | `email_verified` |
/// | `CASEMENT_SCAN` | `off`, or `on` where uploads wait for a malware scan | `off` |
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the DynamoDB table.
    pub table: String,
    /// Name of the S3 bucket.
    pub bucket: String,
    /// Id or ARN of the KMS HMAC key.
    pub key: String,
    /// Id or ARN of the KMS HMAC key that names targets.
    pub target_key: Option<String>,
    /// The `iss` that tokens must have.
    pub issuer: String,
    /// Where the pages are; no slash at the end.
    pub app_url: String,
    /// What the id of a case is appended to, as it stands, to make the link to it.
    pub case_url: Option<String>,
    /// Sender of all mail.
    pub mail_from: String,
    /// SES configuration set of all mail.
    pub mail_set: String,
    /// Who may make orgs.
    pub operators: Vec<Address>,
    /// Name of the claim with the caller's address.
    pub claim_email: String,
    /// Name of the claim that says that the address is verified.
    pub claim_email_verified: String,
    /// Whether uploads wait for a malware scan.
    pub scan: bool,
}

impl Settings {
    /// Where a case is shown: in the product that shows cases, or on the plain page.
    #[must_use]
    pub fn case_link(&self, case: CaseId) -> String {
        match &self.case_url {
            Some(url) => format!("{url}{case}"),
            None => format!("{}/case#{case}", self.app_url),
        }
    }

    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or wrong.
    pub fn from_env() -> Result<Self, SettingsError> {
        #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// Reads variables from wherever the host keeps them.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or wrong.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let optional = |name: &'static str| var(name).filter(|value| !value.is_empty());
        let needed = |name: &'static str| optional(name).ok_or(SettingsError::Missing(name));
        let url = |name: &'static str, value: String| {
            if value.starts_with("http://") || value.starts_with("https://") {
                Ok(value)
            } else {
                Err(SettingsError::Invalid(name, "must be an http or https URL".to_owned()))
            }
        };
        let operators = operators(optional("CASEMENT_OPERATORS"))?;
        let scan = match optional("CASEMENT_SCAN").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(_) => {
                return Err(SettingsError::Invalid(
                    "CASEMENT_SCAN",
                    "must be `off` or `on`".into(),
                ));
            }
        };
        Ok(Self {
            table: needed("CASEMENT_TABLE")?,
            bucket: needed("CASEMENT_BUCKET")?,
            key: needed("CASEMENT_KEY")?,
            target_key: optional("CASEMENT_TARGET_KEY"),
            issuer: needed("CASEMENT_ISSUER")?,
            app_url: url("CASEMENT_APP_URL", needed("CASEMENT_APP_URL")?)?
                .trim_end_matches('/')
                .to_owned(),
            case_url: optional("CASEMENT_CASE_URL")
                .map(|value| url("CASEMENT_CASE_URL", value))
                .transpose()?,
            mail_from: needed("CASEMENT_MAIL_FROM")?,
            mail_set: needed("CASEMENT_MAIL_SET")?,
            operators,
            claim_email: optional("CASEMENT_CLAIM_EMAIL").unwrap_or_else(|| "email".to_owned()),
            claim_email_verified: optional("CASEMENT_CLAIM_EMAIL_VERIFIED")
                .unwrap_or_else(|| "email_verified".to_owned()),
            scan,
        })
    }
}

fn operators(listed: Option<String>) -> Result<Vec<Address>, SettingsError> {
    listed
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| {
            SettingsError::Invalid("CASEMENT_OPERATORS", "must list e-mail addresses".into())
        })
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Whoever is invited, a member, or an operator.
    Invited,
    /// Everybody.
    Open,
}

/// The settings of `on-sign-up`, which knows neither issuer nor pages: they know it.
///
/// | variable | what | default |
/// |---|---|---|
/// | `CASEMENT_TABLE` | name of the DynamoDB table | |
/// | `CASEMENT_OPERATORS` | verified addresses of the operators, separated by commas | |
/// | `CASEMENT_SIGN_UP` | `invited`, or `open` to everybody | `invited` |
#[derive(Clone, Debug)]
pub struct SignUpSettings {
    /// Name of the DynamoDB table.
    pub table: String,
    /// Who makes orgs: nobody invites them.
    pub operators: Vec<Address>,
    /// Who may sign up.
    pub sign_up: SignUp,
}

impl SignUpSettings {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or wrong.
    pub fn from_env() -> Result<Self, SettingsError> {
        #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// Reads variables from wherever the host keeps them.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or wrong.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let optional = |name: &'static str| var(name).filter(|value| !value.is_empty());
        Ok(Self {
            table: optional("CASEMENT_TABLE").ok_or(SettingsError::Missing("CASEMENT_TABLE"))?,
            operators: operators(optional("CASEMENT_OPERATORS"))?,
            sign_up: match optional("CASEMENT_SIGN_UP").as_deref() {
                None | Some("invited") => SignUp::Invited,
                Some("open") => SignUp::Open,
                Some(_) => {
                    let must = "must be `invited` or `open`".to_owned();
                    return Err(SettingsError::Invalid("CASEMENT_SIGN_UP", must));
                }
            },
        })
    }
}
