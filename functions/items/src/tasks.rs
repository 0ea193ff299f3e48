//! What is to be done.

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path, Post};
use shared::id::{CaseId, Recipient};
use shared::model::{TaskAssignee, TaskBody, TaskStatus};
use shared::text::{Description, Label, Title};
use utoipa::ToSchema;

use crate::add::add;
use crate::kind::{Changed, Kind, Patch};
use crate::routes::routes_of;
use crate::sharing::sharing_of;

/// A task to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Reset the passwords of the finance team",
    "group": "containment",
    "assignee": "email:bob@acme.example",
    "deadline": "2026-11-23T12:00:00Z"
}))]
pub(crate) struct NewTask {
    /// One line.
    title: Title,
    /// What it belongs to: `containment`, `communication`.
    #[schema(value_type = Option<String>, max_length = 64)]
    group: Option<Label>,
    /// Its place among the tasks of its group: lower ones come first.
    #[serde(default)]
    order: u32,
    /// Text or Markdown; empty if not given.
    description: Option<Description>,
    /// How far it is.
    #[serde(default)]
    status: TaskStatus,
    /// To whom: `user:ID` or `email:ADDRESS` of an active colleague of the org that owns the case.
    assignee: Option<Recipient>,
    /// Until when it should be done.
    deadline: Option<Timestamp>,
}

/// What is to change. What is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "completed"}))]
pub(crate) struct TaskChange {
    /// One line.
    title: Option<Title>,
    /// What it belongs to; `null`: nothing.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    group: Patch<Label>,
    /// Its place among the tasks of its group: lower ones come first.
    order: Option<u32>,
    /// Text or Markdown.
    description: Option<Description>,
    /// How far it is.
    status: Option<TaskStatus>,
    /// To whom; `null`: nobody.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    assignee: Patch<Recipient>,
    /// Until when it should be done; `null`: whenever.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    deadline: Patch<Timestamp>,
}

/// Notes when work on a task began and ended, as its status says.
fn keep_times(task: &mut TaskBody, now: Timestamp) {
    if task.status == TaskStatus::InProgress && task.started_at.is_none() {
        task.started_at = Some(now);
    }
    task.ended_at = match (task.status.is_over(), task.ended_at) {
        (true, None) => Some(now),
        (true, ended) => ended,
        (false, _) => None,
    };
}

impl Kind for TaskBody {
    type Change = TaskChange;

    fn assigns(change: &TaskChange) -> Option<&Recipient> {
        match &change.assignee {
            Patch::Set(to) => to.as_ref(),
            Patch::Keep => None,
        }
    }

    fn apply(
        &mut self,
        change: &TaskChange,
        assignee: Option<TaskAssignee>,
        now: Timestamp,
    ) -> Result<Vec<&'static str>, Error> {
        let mut changed = Changed::default();
        changed.set("title", &mut self.title, change.title.as_ref());
        changed.patch("group", &mut self.group, &change.group);
        changed.set("order", &mut self.order, change.order.as_ref());
        changed.set("description", &mut self.description, change.description.as_ref());
        changed.set("status", &mut self.status, change.status.as_ref());
        changed.patch("deadline", &mut self.deadline, &change.deadline);
        let user = |of: &Option<TaskAssignee>| of.as_ref().map(|one| one.user);
        if matches!(change.assignee, Patch::Set(_)) && user(&self.assignee) != user(&assignee) {
            self.assignee = assignee;
            changed.0.push("assignee");
        }
        keep_times(self, now);
        Ok(changed.0)
    }
}

routes_of! {
    TaskBody, TaskChange, add: add_task,
    "tasks", "item": "task",
    portal: "Nobody sees tasks in the portal.",
    "list_tasks", "get_task", "change_task", "delete_task"
}

sharing_of! {
    TaskBody, "tasks", "task",
    who: "`action_required` says whether that org is asked to act; members of that org who may write the task set and clear it, too.",
    wish: {"action_required": true},
    "list_task_shares", "share_task", "unshare_task"
}

/// Add a task
///
/// Its assignee is a colleague of the org that owns the case; being one gives no right.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/tasks",
    tag = "items",
    operation_id = "add_task",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = NewTask,
    responses(
        (status = 201, description = "The task.", body = ItemView<TaskBody>),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on tasks", body = Problem),
        (status = 404, description = "`not_found`: the case, or its tasks are not shared", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`not_a_colleague`, `key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn add_task(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<NewTask>,
) -> Result<Answer<ItemView<TaskBody>>, Error> {
    let description = match &body.description {
        Some(description) => description.clone(),
        None => Description::default(),
    };
    let make = |assignee, now| {
        let mut task = TaskBody {
            title: body.title.clone(),
            group: body.group.clone(),
            order: body.order,
            description: description.clone(),
            status: body.status,
            assignee,
            deadline: body.deadline,
            started_at: None,
            ended_at: None,
        };
        keep_times(&mut task, now);
        task
    };
    add(&app, &caller, case, idem.as_ref(), body.assignee.as_ref(), make).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_knows_when_it_began_and_ended() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut task = TaskBody {
            title: "Call the bank".parse().unwrap(),
            group: None,
            order: 0,
            description: Description::default(),
            status: TaskStatus::Waiting,
            assignee: None,
            deadline: None,
            started_at: None,
            ended_at: None,
        };
        let mut turn = |status: &str, second| {
            let change = serde_json::from_value(serde_json::json!({ "status": status })).unwrap();
            task.apply(&change, None, at(second)).unwrap();
            (task.started_at, task.ended_at)
        };
        assert_eq!(turn("in_progress", 1), (Some(at(1)), None));
        assert_eq!(turn("completed", 2), (Some(at(1)), Some(at(2))));
        assert_eq!(turn("cancelled", 3), (Some(at(1)), Some(at(2))));
        assert_eq!(turn("in_progress", 4), (Some(at(1)), None));
    }
}
