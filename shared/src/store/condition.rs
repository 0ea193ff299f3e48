//! Writes and their conditions, without expression strings at the calls.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::Key;
use super::row::Row;

/// What must hold of a row for a write to happen.
#[derive(Clone, Debug)]
pub struct Condition {
    text: String,
    names: Vec<String>,
    values: Vec<AttributeValue>,
}

impl Condition {
    fn one(template: &str, name: &str, values: Vec<AttributeValue>) -> Self {
        Self { text: template.to_owned(), names: vec![name.to_owned()], values }
    }

    /// There is no such row.
    #[must_use]
    pub fn absent() -> Self {
        Self::one("attribute_not_exists(#00)", "PK", Vec::new())
    }

    /// There is such a row.
    #[must_use]
    pub fn present() -> Self {
        Self::one("attribute_exists(#00)", "PK", Vec::new())
    }

    /// The row has no such attribute, or there is no such row.
    #[must_use]
    pub fn without(name: &str) -> Self {
        Self::one("attribute_not_exists(#00)", name, Vec::new())
    }

    /// An attribute is a number.
    #[must_use]
    pub fn is(name: &str, value: u64) -> Self {
        Self::one("#00 = :00", name, vec![AttributeValue::N(value.to_string())])
    }

    /// An attribute is a text.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are handed over alike")]
    pub fn reads(name: &str, value: impl ToString) -> Self {
        Self::one("#00 = :00", name, vec![AttributeValue::S(value.to_string())])
    }

    /// An attribute is at most a number, or missing.
    #[must_use]
    pub fn at_most(name: &str, value: i64) -> Self {
        let value = AttributeValue::N(value.to_string());
        Self::one("(attribute_not_exists(#00) OR #00 <= :00)", name, vec![value])
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.combine("AND", other)
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let both = self.combine("OR", other);
        Self { text: format!("({})", both.text), ..both }
    }

    fn combine(mut self, word: &str, other: Self) -> Self {
        // Placeholders of the other side are numbered on, from the highest down so that none is
        // numbered twice; two digits each, so that none is a part of another.
        let mut text = other.text;
        for at in (0..other.names.len()).rev() {
            text = text.replace(&format!("#{at:02}"), &format!("#{:02}", at + self.names.len()));
        }
        for at in (0..other.values.len()).rev() {
            text = text.replace(&format!(":{at:02}"), &format!(":{:02}", at + self.values.len()));
        }
        self.text = format!("{} {word} {text}", self.text);
        self.names.extend(other.names);
        self.values.extend(other.values);
        self
    }
}

/// One write.
#[derive(Clone, Debug)]
pub enum Write {
    /// Puts a row.
    Put(Row, Option<Condition>),
    /// Sets and removes attributes of a row.
    Update {
        /// Which row.
        key: Key,
        /// Attributes set.
        set: Vec<(&'static str, AttributeValue)>,
        /// Attributes removed.
        remove: Vec<&'static str>,
        /// Numbers added to, from 0.
        add: Vec<(&'static str, u64)>,
        /// What must hold.
        condition: Option<Condition>,
    },
    /// Deletes a row.
    Delete(Key, Option<Condition>),
    /// Writes nothing; what must hold for the others to happen.
    Check(Key, Condition),
}

impl Write {
    /// A row that must not be there yet.
    #[must_use]
    pub fn add(row: Row) -> Self {
        Self::Put(row, Some(Condition::absent()))
    }

    /// Sets attributes of a row, where `condition` holds.
    #[must_use]
    pub fn set(key: Key, set: Vec<(&'static str, AttributeValue)>, condition: Condition) -> Self {
        Self::Update { key, set, remove: Vec::new(), add: Vec::new(), condition: Some(condition) }
    }
}

/// An expression with the names and values that it uses, as DynamoDB wants them.
#[derive(Default)]
pub(super) struct Expression {
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

impl Expression {
    /// Adds a condition; returns its text.
    pub(super) fn condition(&mut self, condition: Option<Condition>) -> Option<String> {
        let condition = condition?;
        for (at, name) in condition.names.into_iter().enumerate() {
            self.names.insert(format!("#{at:02}"), name);
        }
        for (at, value) in condition.values.into_iter().enumerate() {
            self.values.insert(format!(":{at:02}"), value);
        }
        Some(condition.text)
    }

    /// Adds an update; its placeholders have letters, so that they never meet a condition's.
    pub(super) fn update(
        &mut self,
        set: Vec<(&'static str, AttributeValue)>,
        remove: Vec<&'static str>,
        add: Vec<(&'static str, u64)>,
    ) -> String {
        let mut parts = Vec::new();
        let mut sets = Vec::new();
        for (at, (name, value)) in set.into_iter().enumerate() {
            self.names.insert(format!("#s{at}"), name.to_owned());
            self.values.insert(format!(":s{at}"), value);
            sets.push(format!("#s{at} = :s{at}"));
        }
        if !sets.is_empty() {
            parts.push(format!("SET {}", sets.join(", ")));
        }
        let mut removes = Vec::new();
        for (at, name) in remove.into_iter().enumerate() {
            self.names.insert(format!("#r{at}"), name.to_owned());
            removes.push(format!("#r{at}"));
        }
        if !removes.is_empty() {
            parts.push(format!("REMOVE {}", removes.join(", ")));
        }
        let mut adds = Vec::new();
        for (at, (name, by)) in add.into_iter().enumerate() {
            self.names.insert(format!("#a{at}"), name.to_owned());
            self.values.insert(format!(":a{at}"), AttributeValue::N(by.to_string()));
            adds.push(format!("#a{at} :a{at}"));
        }
        if !adds.is_empty() {
            parts.push(format!("ADD {}", adds.join(", ")));
        }
        parts.join(" ")
    }
}
