//! What an answer must be.

use serde_json::Value;

use super::brief;
use crate::client::Reply;

/// What an answer must be: its status, and what it says and does not say.
pub(super) struct Must {
    status: u16,
    checks: Vec<Check>,
    shown: Vec<String>,
}

enum Check {
    Is(String, Value),
    There(String),
    Absent(String),
    Lists { wanted: bool, field: String, value: Value },
    Holds(&'static str, Box<dyn Fn(&Reply) -> bool + Send + Sync>),
}

/// It must be carried out, with this status.
pub(super) fn answers(status: u16) -> Must {
    Must { status, checks: Vec::new(), shown: Vec::new() }
}

/// It must be refused, with this status and code.
pub(super) fn refused(status: u16, code: &str) -> Must {
    answers(status).is("/code", code)
}

/// What is hidden and what never was have one answer.
pub(super) fn not_found() -> Must {
    refused(404, "not_found")
}

impl Must {
    /// The value at a JSON pointer must be this one.
    pub(super) fn is(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        self.checks.push(Check::Is(pointer.to_owned(), value.into()));
        self.shown.push(pointer.to_owned());
        self
    }

    /// There must be something other than `null` at a JSON pointer.
    pub(super) fn there(mut self, pointer: &str) -> Self {
        self.checks.push(Check::There(pointer.to_owned()));
        self.shown.push(pointer.to_owned());
        self
    }

    /// There must be nothing at a JSON pointer, or `null`.
    pub(super) fn absent(mut self, pointer: &str) -> Self {
        self.checks.push(Check::Absent(pointer.to_owned()));
        self
    }

    /// One of `items` must have this value in this field.
    pub(super) fn lists(mut self, field: &str, value: impl Into<Value>) -> Self {
        let (field, value) = (field.to_owned(), value.into());
        self.checks.push(Check::Lists { wanted: true, field, value });
        self
    }

    /// None of `items` may have this value in this field.
    pub(super) fn lists_not(mut self, field: &str, value: impl Into<Value>) -> Self {
        let (field, value) = (field.to_owned(), value.into());
        self.checks.push(Check::Lists { wanted: false, field, value });
        self
    }

    /// Something else must hold, said in words.
    pub(super) fn holds(
        mut self,
        words: &'static str,
        test: impl Fn(&Reply) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.checks.push(Check::Holds(words, Box::new(test)));
        self
    }

    /// Also shows the value at a JSON pointer.
    pub(super) fn show(mut self, pointer: &str) -> Self {
        self.shown.push(pointer.to_owned());
        self
    }

    /// What is not as it must be, in words. Empty: all is.
    pub(super) fn faults(&self, reply: &Reply) -> Vec<String> {
        let mut faults = Vec::new();
        if reply.status != self.status {
            faults.push(format!("the status must be {}, and is {}", self.status, reply.status));
        }
        faults.extend(self.checks.iter().filter_map(|check| check.fault(reply)));
        faults
    }

    /// What an answer says that matters here, in one line.
    pub(super) fn essence(&self, reply: &Reply) -> String {
        let mut parts: Vec<String> = (self.shown.iter())
            .filter(|pointer| reply.body.pointer(pointer).is_some())
            .map(|pointer| {
                format!("{} {}", label(pointer), brief::field(pointer, reply.at(pointer)))
            })
            .collect();
        let so = |check: &&Check| check.fault(reply).is_none();
        let mut listed: Vec<String> = Vec::new();
        for check in self.checks.iter().filter(so) {
            match check {
                Check::Absent(pointer) => parts.push(format!("no {}", label(pointer))),
                Check::Lists { wanted: true, value, .. } => listed.push(brief::word(value)),
                Check::Lists { wanted: false, value, .. } => {
                    listed.push(format!("not {}", brief::word(value)));
                }
                Check::Holds(words, _) => parts.push((*words).to_owned()),
                Check::Is(..) | Check::There(_) => {}
            }
        }
        if !listed.is_empty() {
            parts.push(format!("list of {}: {}", items(reply).count(), listed.join(", ")));
        }
        parts.join(" · ")
    }
}

impl Check {
    fn fault(&self, reply: &Reply) -> Option<String> {
        match self {
            Self::Is(pointer, value) => {
                let found = reply.at(pointer);
                (found != value).then(|| {
                    format!("{pointer} must be {value}, and is {}", brief::line(found, 120))
                })
            }
            Self::There(pointer) => {
                reply.at(pointer).is_null().then(|| format!("{pointer} must be there"))
            }
            Self::Absent(pointer) => {
                let found = reply.at(pointer);
                (!found.is_null()).then(|| {
                    format!("{pointer} must be absent, and is {}", brief::line(found, 120))
                })
            }
            Self::Lists { wanted, field, value } => {
                let listed = items(reply).any(|item| item.pointer(field) == Some(value));
                (listed != *wanted).then(|| {
                    let not = if *wanted { "" } else { "not " };
                    format!("one of the items must {not}have {field} = {value}")
                })
            }
            Self::Holds(words, test) => {
                (!test(reply)).then(|| format!("it must hold that {words}"))
            }
        }
    }
}

/// The items of a list.
pub(super) fn items(reply: &Reply) -> impl Iterator<Item = &Value> {
    reply.at("/items").as_array().into_iter().flatten()
}

/// `/items/0/state` is called `state`, `/org/name` `org name`.
fn label(pointer: &str) -> String {
    let named = pointer.split('/').filter(|part| {
        !part.is_empty() && *part != "items" && !part.bytes().all(|b| b.is_ascii_digit())
    });
    named.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply(status: u16, body: Value) -> Reply {
        Reply { status, etag: None, retry_after: None, body }
    }

    #[test]
    fn an_answer_is_checked_for_all_that_it_must_be() {
        let good = reply(200, json!({"items": [{"id": "a", "state": "active"}], "cursor": null}));
        let must = || {
            answers(200)
                .is("/items/0/state", "active")
                .absent("/cursor")
                .lists("/id", "a")
                .lists_not("/id", "b")
                .holds("there is one", |reply| items(reply).count() == 1)
        };
        assert_eq!(must().faults(&good), [""; 0]);
        assert_eq!(
            must().essence(&good),
            "state active · no cursor · there is one · list of 1: a, not b"
        );
        let bad = reply(404, json!({"items": [{"id": "b"}], "cursor": "x"}));
        assert_eq!(must().faults(&bad).len(), 5);
    }

    #[test]
    fn a_refusal_is_known_by_status_and_code() {
        let refusal = reply(403, json!({"code": "forbidden"}));
        assert_eq!(refused(403, "forbidden").faults(&refusal), [""; 0]);
        assert_eq!(not_found().faults(&refusal).len(), 2);
    }
}
