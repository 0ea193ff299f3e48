//! What a request says of a new observable.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::{ObservableBody, Tlp};
use crate::tags;
use crate::text::{Label, Note, Tag};
use crate::value::{Value, ValueType};

/// One observable to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "ip", "value": "192.0.2[.]7", "ioc": true}))]
pub struct NewObservable {
    /// Of what type it is. Not given: what it looks like.
    #[serde(rename = "type")]
    pub kind: Option<ValueType>,
    /// The value. What was made harmless (`hxxp`, `[.]`) is read as it was.
    #[schema(min_length = 1, max_length = 2_000)]
    pub value: String,
    /// What is to be known of it.
    pub note: Option<Note>,
    /// Tags; repetitions are dropped.
    #[schema(max_items = 50)]
    pub tags: Option<Vec<Tag>>,
    /// How far it may be passed on.
    pub tlp: Option<Tlp>,
    /// Whether it is an indicator of compromise.
    pub ioc: Option<bool>,
    /// Whether it has been seen.
    pub sighted: Option<bool>,
    /// What it is called where it comes from: `misp:ip-dst`.
    #[schema(value_type = Option<String>, max_length = 64)]
    pub source_type: Option<Label>,
}

impl NewObservable {
    /// Its tags without repetition; `pointer` says where it stands in the request.
    ///
    /// # Errors
    ///
    /// 400 for too many.
    pub fn checked(mut self, pointer: &str) -> Result<Self, Error> {
        let distinct = |tags| tags::distinct(tags, &format!("{pointer}/tags"));
        self.tags = self.tags.map(distinct).transpose()?;
        Ok(self)
    }

    /// The same, with what `others` say where it says nothing itself.
    #[must_use]
    pub fn or(self, others: &Self) -> Self {
        Self {
            kind: self.kind.or(others.kind),
            value: self.value,
            note: self.note.or_else(|| others.note.clone()),
            tags: self.tags.or_else(|| others.tags.clone()),
            tlp: self.tlp.or(others.tlp),
            ioc: self.ioc.or(others.ioc),
            sighted: self.sighted.or(others.sighted),
            source_type: self.source_type.or_else(|| others.source_type.clone()),
        }
    }

    /// The observable with this value.
    #[must_use]
    pub fn body(self, value: Value) -> ObservableBody {
        ObservableBody {
            value,
            note: self.note.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            tlp: self.tlp.unwrap_or_default(),
            ioc: self.ioc.unwrap_or_default(),
            sighted: self.sighted.unwrap_or_default(),
            source_type: self.source_type,
        }
    }
}
