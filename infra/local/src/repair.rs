//! `casement repair`: what has to be done to a table that was restored to an earlier moment, before
//! anybody is let in.
//!
//! A restore may cut a transaction in two, and it gives back what was revoked after its moment. So
//! this looks for changes of access that are there in part, and, with `--apply`, takes back what may
//! not come back by itself: links of invitations die, and whatever opens a case to others than
//! colleagues waits for an admin. It reads and writes the table directly, with the AWS credentials
//! of whoever runs it. Run again, it goes on where it was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, Write as _};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, json};
use shared::access::{GrantState, MemberKind, MemberStatus, Visibility};
use shared::aws::Aws;
use shared::clock::Clock;
use shared::id::{CaseId, OrgId, Recipient, ShareId, UserId};
use shared::model::{Actor, Event, EventKind, Grant, Head, Invitation, InvitationState, Member};
use shared::settings::SettingsError;
use shared::store::{
    AttributeValue, Condition, Row, StoreError, Table, Write, access_event, keys, row,
};

/// So many writes in one transaction, besides the head and the event.
const AT_ONCE: usize = 90;

/// Options of `casement repair`. The AWS settings come from the environment (`AWS_REGION`,
/// `AWS_ACCESS_KEY_ID` and so on; `AWS_ENDPOINT_URL` for another place than AWS).
#[derive(Args, Clone, Debug)]
pub struct RepairOptions {
    /// The table that was restored
    #[arg(long, value_name = "NAME")]
    pub table: String,

    /// Take back what may not come back by itself; without, only look and say what would be done
    #[arg(long)]
    pub apply: bool,
}

/// Why it ended before its time. What was done by then is done; run it again.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The environment does not say where AWS is.
    #[error("the AWS settings are not complete: {0}")]
    Settings(#[from] SettingsError),
    /// The table cannot be read.
    #[error("the table cannot be read: {0}")]
    Read(String),
    /// A row says what no row says.
    #[error("a row cannot be understood, or the table cannot be written: {0}")]
    Store(#[from] StoreError),
    /// Standard output is closed.
    #[error("cannot write the report")]
    Output(#[from] io::Error),
}

/// What there is of one case.
#[derive(Default)]
struct Case {
    head: Option<Head>,
    events: BTreeSet<u64>,
    grants: Vec<Grant>,
}

/// What the table says, as far as it matters here.
#[derive(Default)]
struct Restored {
    cases: BTreeMap<CaseId, Case>,
    /// Active normal and service members.
    colleagues: HashSet<(UserId, OrgId)>,
    /// Invitations that can be accepted.
    invitations: Vec<Invitation>,
}

/// What is wrong with a case, or must not be open.
#[derive(Debug, Default, Eq, PartialEq)]
struct Finding {
    /// Changes of access without an event.
    missing: Vec<u64>,
    /// Events of changes that the head does not know.
    beyond: Vec<u64>,
    /// Shares that are to wait for an admin.
    suspend: Vec<ShareId>,
    /// It is open to external users.
    external: bool,
}

/// From when on a share gives something that waits for an admin: never, until they say when.
///
/// # Panics
///
/// Never: it is a moment.
fn never() -> Timestamp {
    jiff::civil::date(9999, 1, 1)
        .at(0, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(Timestamp::MAX, |at| at.timestamp())
}

/// Looks at a table, and mends it with `--apply`. `true` if no change of access is there in part.
///
/// # Errors
///
/// [`RepairError`]
pub async fn repair(options: &RepairOptions) -> Result<bool, RepairError> {
    let aws = Aws::from_env()?;
    let restored = read(&aws, &options.table).await?;
    let mut out = io::stdout().lock();
    let mut halves = 0;
    let (mut shares, mut open) = (0, 0);
    let table = Table::new(aws.dynamodb(), options.table.clone());
    for (case, found) in &restored.cases {
        let finding = finding(found, &restored.colleagues);
        if !finding.missing.is_empty() || !finding.beyond.is_empty() {
            halves += 1;
            writeln!(
                out,
                "case {case}: changes of access {:?} have no event, events {:?} no change",
                finding.missing, finding.beyond
            )?;
        }
        shares += finding.suspend.len();
        open += usize::from(finding.external);
        if let (true, Some(head)) = (options.apply, &found.head) {
            suspend(&table, head, &found.grants, &finding).await?;
        }
    }
    if options.apply {
        for some in restored.invitations.chunks(AT_ONCE) {
            table.write(some.iter().map(raise).collect()).await?;
        }
    }
    let done = if options.apply { "" } else { "to be " };
    writeln!(
        out,
        "{} cases: {halves} with a change of access that is there in part; {shares} shares with \
         others than colleagues {done}suspended, {open} cases {done}closed to external users, the \
         links of {} invitations {done}taken back",
        restored.cases.len(),
        restored.invitations.len(),
    )?;
    Ok(halves == 0)
}

/// What is to be said and done of one case. A plain rule: no table, no clock.
fn finding(case: &Case, colleagues: &HashSet<(UserId, OrgId)>) -> Finding {
    // Without a head nothing is open; its rows wait for the job that deletes them.
    let Some(head) = &case.head else { return Finding::default() };
    let all: BTreeSet<u64> = (1..=head.access_version).collect();
    let mut finding = Finding {
        missing: all.difference(&case.events).copied().collect(),
        beyond: case.events.difference(&all).copied().collect(),
        ..Finding::default()
    };
    if head.gone {
        return finding;
    }
    finding.external = matches!(head.access, Visibility::External | Visibility::ExternalAll);
    let outside = case.grants.iter().filter(|grant| {
        let colleague = match &grant.recipient {
            Recipient::User(user) => colleagues.contains(&(*user, head.owner.clone())),
            _ => false,
        };
        let alive = matches!(grant.state, GrantState::Active | GrantState::Pending);
        alive && !colleague && grant.window.valid_from != Some(never())
    });
    finding.suspend = outside.map(|grant| grant.share.clone()).collect();
    finding
}

/// Lets shares of one case, and its being open to external users, wait for an admin.
async fn suspend(
    table: &Table,
    head: &Head,
    grants: &[Grant],
    finding: &Finding,
) -> Result<(), StoreError> {
    if finding.suspend.is_empty() && !finding.external {
        return Ok(());
    }
    let chosen: Vec<_> =
        grants.iter().filter(|grant| finding.suspend.contains(&grant.share)).collect();
    let mut version = head.access_version;
    let mut rest = chosen.chunks(AT_ONCE);
    let mut external = finding.external;
    loop {
        let some = rest.next().unwrap_or_default();
        if some.is_empty() && !external {
            return Ok(());
        }
        let mut what = Map::new();
        what.insert("restored".to_owned(), json!(true));
        let mut set = vec![("access_version", number(version + 1))];
        if external {
            what.insert("access".to_owned(), json!(head.access));
            set.push(("access", AttributeValue::S("internal".to_owned())));
        }
        let event = Event {
            kind: EventKind::SharesSuspended,
            at: Clock::system().now(),
            actor: Actor { user: None, name: None },
            org: head.owner.clone(),
            case: Some(head.case),
            item: None,
            shares: some.iter().map(|grant| grant.share.clone()).collect(),
            what,
        };
        let unmoved = Condition::is("access_version", version);
        let mut writes = vec![
            Write::set(keys::head(head.case), set, unmoved),
            access_event(head.case, version + 1, &event)?,
        ];
        writes.extend(some.iter().map(|grant| {
            let from = AttributeValue::S(never().to_string());
            let set = vec![("valid_from", from), ("version", number(grant.version + 1))];
            let as_read = Condition::is("version", grant.version);
            Write::set(keys::grant(grant.case, &grant.share), set, as_read)
        }));
        table.write(writes).await?;
        version += 1;
        external = false;
    }
}

/// The write after which older links of an invitation are dead.
fn raise(invitation: &Invitation) -> Write {
    let set = vec![("generation", number(invitation.generation + 1))];
    let as_read = Condition::is("generation", invitation.generation);
    Write::set(keys::invitation(invitation.id), set, as_read)
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Reads the whole table.
async fn read(aws: &Aws, table: &str) -> Result<Restored, RepairError> {
    let client = aws.dynamodb();
    let mut pages = client.scan().table_name(table).into_paginator().send();
    let mut restored = Restored::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| RepairError::Read(chain(&error)))?;
        for item in page.items.unwrap_or_default() {
            restored.take(&item)?;
        }
    }
    Ok(restored)
}

/// What an error says, and what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl Restored {
    /// Takes a row, if it matters.
    fn take(&mut self, item: &HashMap<String, AttributeValue>) -> Result<(), StoreError> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        let (Some(partition), Some(sort)) = (text("PK"), text("SK")) else { return Ok(()) };
        let row: &Row = item;
        if partition.starts_with("USER#") && sort.starts_with("ORG#") {
            let member: Member = row::read(row)?;
            let colleague = matches!(member.kind, MemberKind::Normal | MemberKind::Service);
            if colleague && member.status == MemberStatus::Active {
                self.colleagues.insert((member.user, member.org));
            }
        } else if partition.starts_with("INVITE#") {
            let invitation: Invitation = row::read(row)?;
            if invitation.state == InvitationState::Invited {
                self.invitations.push(invitation);
            }
        } else if let Some(Ok(id)) = partition.strip_prefix("CASE#").map(str::parse) {
            let case = self.cases.entry(id).or_default();
            if sort == "A#" {
                case.head = Some(row::read(row)?);
            } else if sort.starts_with(keys::GRANT_PREFIX) {
                case.grants.push(row::read(row)?);
            } else if let Some(version) = sort.strip_prefix(keys::ACCESS_EVENTS) {
                // Copies for other orgs have the org behind the version.
                case.events.extend(version.parse::<u64>().ok());
            }
        }
        Ok(())
    }
}
