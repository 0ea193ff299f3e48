//! What a mail is about, as it stands at one instant.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use shared::address::Address;
use shared::app::App;
use shared::error::Error;
use shared::id::CaseId;
use shared::model::{Details, EmailOwner, Grant, Head, Org};
use shared::rights::{Given, Rights, built_in};
use shared::store::{Key, Row, StoreError, Tries, given_rights, keys, row};

/// Rows of one instant, by key.
pub(crate) struct Rows(HashMap<Key, Row>);

impl Rows {
    /// Reads them, again while one of them is being written.
    pub(crate) async fn read(app: &App, wanted: Vec<Key>) -> Result<Self, StoreError> {
        let mut tries = Tries::default();
        loop {
            match app.table.get_at_once(&wanted).await {
                Ok(rows) => {
                    let found = wanted.into_iter().zip(rows);
                    return Ok(Self(found.filter_map(|(key, row)| Some((key, row?))).collect()));
                }
                Err(StoreError::Conflict) => tries.again().await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// One of them as it lies in the table.
    pub(crate) fn raw(&self, key: &Key) -> Option<&Row> {
        self.0.get(key)
    }

    /// One of them.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        row::read_if(self.0.get(key))
    }

    /// The user of an address.
    pub(crate) fn owner_of(&self, address: &Address) -> Result<Option<EmailOwner>, StoreError> {
        self.get(&keys::email(address))
    }

    /// Whether the address wants no more of our mail.
    pub(crate) fn complained(&self, address: &Address) -> Result<bool, StoreError> {
        let owner = self.owner_of(address)?;
        Ok(self.0.contains_key(&keys::complaint(address))
            || owner.is_some_and(|owner| owner.complained))
    }
}

/// A case that a mail is about, with the org that owns it.
pub(crate) struct Case {
    pub(crate) head: Head,
    pub(crate) details: Details,
    pub(crate) org: Org,
}

impl Case {
    /// The case; `None` if it is gone.
    pub(crate) async fn read(
        app: &App,
        case: CaseId,
        mut more: Vec<Key>,
    ) -> Result<(Option<Self>, Rows), StoreError> {
        // The owner must be known before all is read at once.
        let head: Option<Head> = row::read_if(app.table.get(&keys::head(case)).await?.as_ref())?;
        let Some(head) = head else {
            return Ok((None, Rows::read(app, more).await?));
        };
        more.extend([keys::head(case), keys::details(case), keys::org(&head.owner)]);
        let rows = Rows::read(app, more).await?;
        let parts = (
            rows.get::<Head>(&keys::head(case))?,
            rows.get::<Details>(&keys::details(case))?,
            rows.get::<Org>(&keys::org(&head.owner))?,
        );
        let case = match parts {
            (Some(now), ..) if now.owner != head.owner => {
                return Err(StoreError::Busy("the case changed its owner".to_owned()));
            }
            (Some(head), Some(details), Some(org)) if !head.gone => {
                Some(Self { head, details, org })
            }
            _ => None,
        };
        Ok((case, rows))
    }
}

/// What a grant gives, as a share may give it. Profiles are read live.
pub(crate) async fn rights(app: &App, grant: &Grant) -> Result<Rights, Error> {
    let mut rows = HashMap::new();
    if let Given::Profile(of) = &grant.given
        && built_in(&of.name).is_none()
    {
        rows = app.table.get_many([keys::profile(&of.org, &of.name)]).await?;
    }
    Ok(given_rights(&grant.given, &rows)?.as_share())
}
