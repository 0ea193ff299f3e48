//! What was observed.

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path, Post};
use shared::id::CaseId;
use shared::items::NewObservable;
use shared::model::{ObservableBody, TaskAssignee, Tlp};
use shared::tags;
use shared::text::{Note, Tag};
use shared::value::{Value, ValueType};
use utoipa::ToSchema;

use crate::kind::{Changed, Kind};
use crate::routes::routes_of;
use crate::several::{self, Entries, given};
use crate::sharing::sharing_of;

/// Observables to be added: in `lines`, or in `items`. All other fields hold for each of them that
/// does not say otherwise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lines": "hxxps://evil[.]example/a\n192.0.2[.]7\ne802d6f06085f22242a66b06c785315e1c63c070",
    "tags": ["phishing"], "ioc": true
}))]
pub(crate) struct NewObservables {
    /// One value per line, at most 100. What was made harmless (`hxxp`, `[.]`) is read as it was.
    lines: Option<String>,
    /// 1 to 100 values, each with what is special to it.
    #[schema(min_items = 1, max_items = 100)]
    items: Option<Vec<NewObservable>>,
    /// Of what type they are. Not given: what they look like.
    #[serde(rename = "type")]
    kind: Option<ValueType>,
    /// What is to be known of them.
    note: Option<Note>,
    /// Tags; repetitions are dropped.
    #[schema(max_items = 50)]
    tags: Option<Vec<Tag>>,
    /// How far they may be passed on.
    tlp: Option<Tlp>,
    /// Whether they are indicators of compromise.
    ioc: Option<bool>,
    /// Whether they have been seen.
    sighted: Option<bool>,
}

/// What is to change. What is not named stays. Type and value stay: another value is another
/// observable.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"sighted": true}))]
pub(crate) struct ObservableChange {
    /// What is to be known of it.
    note: Option<Note>,
    /// All its tags; those that are not named go.
    #[schema(max_items = 50)]
    tags: Option<Vec<Tag>>,
    /// How far it may be passed on.
    tlp: Option<Tlp>,
    /// Whether it is an indicator of compromise.
    ioc: Option<bool>,
    /// Whether it has been seen.
    sighted: Option<bool>,
}

impl Kind for ObservableBody {
    type Change = ObservableChange;

    fn apply(
        &mut self,
        change: &ObservableChange,
        _: Option<TaskAssignee>,
        _: Timestamp,
    ) -> Result<Vec<&'static str>, Error> {
        let tags = change.tags.clone().map(|tags| tags::distinct(tags, "/tags")).transpose()?;
        let mut changed = Changed::default();
        changed.set("note", &mut self.note, change.note.as_ref());
        changed.set("tags", &mut self.tags, tags.as_ref());
        changed.set("tlp", &mut self.tlp, change.tlp.as_ref());
        changed.set("ioc", &mut self.ioc, change.ioc.as_ref());
        changed.set("sighted", &mut self.sighted, change.sighted.as_ref());
        Ok(changed.0)
    }
}

routes_of! {
    ObservableBody, ObservableChange, add: add_observables,
    "observables", "item": "observable",
    portal: "In the portal: those that were added there.",
    "list_observables", "get_observable", "change_observable", "delete_observable"
}

sharing_of! {
    ObservableBody, "observables", "observable",
    who: "",
    wish: {},
    "list_observable_shares", "share_observable", "unshare_observable"
}

/// Add observables
///
/// Each is atomic by itself and has an answer of its own, in the order of the request: added, there
/// before, or no such value. What is added through the portal is shown there too; what colleagues
/// add never is, and nobody there can tell whether it is in the case.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/observables",
    tag = "items",
    operation_id = "add_observables",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once for each entry, for 24 hours."),
    ),
    request_body = NewObservables,
    responses(
        (status = 200, description = "What became of each: `status` is 201, 409 (`already_there`) or 422 (`no_such_value`).", body = Entries<ObservableBody>),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on observables", body = Problem),
        (status = 404, description = "`not_found`: the case, or its observables are not shared", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn add_observables(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<NewObservables>,
) -> Result<Answer<Entries<ObservableBody>>, Error> {
    let NewObservables { lines, items, kind, note, tags, tlp, ioc, sighted } = body;
    let value = String::new();
    let all = NewObservable { kind, value, note, tags, tlp, ioc, sighted, source_type: None };
    let all = all.checked("")?;
    let items = items.map(|items| {
        let checked = |(at, one): (usize, NewObservable)| one.checked(&format!("/items/{at}"));
        items.into_iter().enumerate().map(checked).collect::<Result<Vec<_>, _>>()
    });
    let value = |one: &NewObservable| (one.value.clone(), one.kind);
    let make = |own: Option<&NewObservable>, value: Value| match own {
        Some(own) => own.clone().or(&all).body(value),
        None => all.clone().body(value),
    };
    let given = given(lines.as_deref(), kind, items.transpose()?, value, make)?;
    several::add(&app, &caller, case, idem.as_ref(), given).await
}
