//! What a handler is given: clients, settings and the clock. The handlers cannot tell hosts apart.

use std::sync::Arc;

use crate::aws::Aws;
use crate::clock::Clock;
use crate::files::Files;
use crate::mac::{Macs, TargetMacs};
use crate::mailer::Mailer;
use crate::settings::{Settings, SignUpSettings};
use crate::store::Table;

/// The world of one function. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What the deployment sets.
    pub settings: Arc<Settings>,
    /// The time.
    pub clock: Clock,
    /// The table.
    pub table: Table,
    files: Option<Files>,
    macs: Option<Macs>,
    targets: Option<TargetMacs>,
    mailer: Option<Mailer>,
}

/// A function uses a client that its `main` did not make. A test of the wiring finds it.
#[derive(Debug, thiserror::Error)]
#[error("this function was started without its {0} client")]
pub struct NotWired(&'static str);

impl App {
    /// A world with the table only, which is what most functions need.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, aws: &Aws) -> Self {
        let table = Table::new(aws.dynamodb(), settings.table.clone());
        Self {
            settings: Arc::new(settings),
            clock,
            table,
            files: None,
            macs: None,
            targets: None,
            mailer: None,
        }
    }

    /// With S3: to sign links, to look at uploads, to delete files.
    #[must_use]
    pub fn with_files(mut self, aws: &Aws) -> Self {
        self.files = Some(Files::new(aws.s3(), self.settings.bucket.clone()));
        self
    }

    /// With the KMS key that makes and verifies the tokens of invitations.
    #[must_use]
    pub fn with_macs(mut self, aws: &Aws) -> Self {
        self.macs = Some(Macs::new(aws.kms(), self.settings.key.clone()));
        self
    }

    /// With the KMS key that names targets.
    #[must_use]
    pub fn with_targets(mut self, aws: &Aws) -> Self {
        let key = self.settings.target_key.clone();
        self.targets = key.map(|key| TargetMacs::new(aws.kms(), key));
        self
    }

    /// With SES.
    #[must_use]
    pub fn with_mailer(mut self, aws: &Aws) -> Self {
        self.mailer = Some(Mailer::new(
            aws.ses(),
            self.settings.mail_from.clone(),
            self.settings.mail_set.clone(),
        ));
        self
    }

    /// The files.
    ///
    /// # Errors
    ///
    /// [`NotWired`] in a function that was started without them.
    pub fn files(&self) -> Result<&Files, NotWired> {
        self.files.as_ref().ok_or(NotWired("S3"))
    }

    /// The tokens of invitations.
    ///
    /// # Errors
    ///
    /// [`NotWired`] in a function that was started without them.
    pub fn macs(&self) -> Result<&Macs, NotWired> {
        self.macs.as_ref().ok_or(NotWired("KMS"))
    }

    /// The names of targets.
    ///
    /// # Errors
    ///
    /// [`NotWired`] in a function that was started without them.
    pub fn targets(&self) -> Result<&TargetMacs, NotWired> {
        self.targets.as_ref().ok_or(NotWired("KMS key for targets"))
    }

    /// The mail.
    ///
    /// # Errors
    ///
    /// [`NotWired`] in a function that was started without it.
    pub fn mailer(&self) -> Result<&Mailer, NotWired> {
        self.mailer.as_ref().ok_or(NotWired("SES"))
    }
}

/// The world of `on-sign-up`: the table, and who may come in. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    /// What the deployment sets.
    pub settings: Arc<SignUpSettings>,
    /// The time.
    pub clock: Clock,
    /// The table.
    pub table: Table,
}

impl Door {
    /// A door to the table that the settings name.
    #[must_use]
    pub fn new(settings: SignUpSettings, clock: Clock, aws: &Aws) -> Self {
        let table = Table::new(aws.dynamodb(), settings.table.clone());
        Self { settings: Arc::new(settings), clock, table }
    }
}
