//! The embedded engine alone: the DynamoDB requests that a check and a share make, sent to the same
//! engine over the same loopback, without the service.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared::aws::Aws;
use shared::id::{CaseId, OrgId, Recipient, ShareId, UserId};
use shared::rights::Section;
use shared::store::{AttributeValue, Condition, Query, Row, Table, Write, keys};

use crate::api::{Host, World, pick};

/// The engine of a host, and what to ask it for.
pub(crate) struct Engine {
    table: Table,
    cases: Arc<[String]>,
    user: UserId,
    org: OrgId,
}

impl Engine {
    /// The engine of `host`.
    pub(crate) fn of(host: &Host, world: &World) -> Result<Self, Box<dyn Error>> {
        let aws = Aws::from_vars(|name| {
            let value = match name {
                "AWS_REGION" => "eu-central-1",
                "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "bench",
                "AWS_ENDPOINT_URL_DYNAMODB" => &host.dynamodb,
                _ => return None,
            };
            Some(value.to_owned())
        })?;
        Ok(Self {
            table: Table::new(aws.dynamodb(), "casement".to_owned()),
            cases: world.cases.clone(),
            user: world.user.parse()?,
            org: "bench".parse()?,
        })
    }

    /// The requests of one check with its content.
    pub(crate) fn check(&self, turn: usize) -> impl Future<Output = bool> + Send + 'static {
        let (table, user, org) = (self.table.clone(), self.user, self.org.clone());
        let case = pick(&self.cases, turn).parse::<CaseId>();
        async move {
            let Ok(case) = case else { return false };
            Box::pin(two_rounds(&table, case, user, &org)).await
        }
    }

    /// The requests of one share: the two rounds and a transaction of as many rows of the same
    /// kinds, under keys of its own.
    pub(crate) fn share(&self, turn: usize) -> impl Future<Output = bool> + Send + 'static {
        static FRESH: AtomicU64 = AtomicU64::new(0);
        let (table, user, org) = (self.table.clone(), self.user, self.org.clone());
        let case = pick(&self.cases, turn).parse::<CaseId>();
        let fresh = FRESH.fetch_add(1, Ordering::Relaxed);
        async move {
            let Ok(case) = case else { return false };
            Box::pin(two_rounds(&table, case, user, &org)).await
                && table.write(transaction(fresh, case, user)).await.is_ok()
        }
    }
}

async fn two_rounds(table: &Table, case: CaseId, user: UserId, org: &OrgId) -> bool {
    let comments = keys::items_prefix(Section::Comments);
    let (facts, standings, content) = tokio::join!(
        table.query(Query::rows(keys::case_partition(case)).prefix("A#").limit(64)),
        table.query(Query::rows(keys::user_partition(user))),
        table.query(Query::rows(keys::case_partition(case)).prefix(comments).limit(26)),
    );
    let at_once = table.get_at_once(&[keys::head(case), keys::user(user), keys::org(org)]).await;
    facts.is_ok() && standings.is_ok() && content.is_ok() && at_once.is_ok()
}

/// Head, actor, event and grant, as long as those of a share, and listed as those are.
fn transaction(fresh: u64, case: CaseId, user: UserId) -> Vec<Write> {
    let share = ShareId::of(case, &Recipient::User(user));
    let text = |text: String| AttributeValue::S(text);
    let row = |sort: &str, listed: String| -> Row {
        [
            ("PK", text(format!("BENCH#{fresh}"))),
            ("SK", text(sort.to_owned())),
            ("principal", text(listed)),
            ("principal_sort", text(format!("CASE#{fresh}"))),
            ("body", text("x".repeat(400))),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    };
    let head = keys::Key { pk: format!("BENCH#{fresh}"), sk: "A#".to_owned() };
    vec![
        Write::Update {
            key: head,
            set: vec![("access_version", AttributeValue::N(fresh.to_string()))],
            remove: Vec::new(),
            add: Vec::new(),
            condition: Some(Condition::absent()),
        },
        Write::Check(keys::user(user), Condition::present()),
        Write::add(row("E#A#000000000002", "AUDIT#bench".to_owned())),
        Write::add(row(&format!("A#GRANT#{share}"), format!("USER#{user}"))),
    ]
}
