//! Single requests to DynamoDB, and what their failures mean.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Get, KeysAndAttributes, Put,
    ReturnValuesOnConditionCheckFailure, TransactGetItem, TransactWriteItem, Update,
};

use super::condition::{Expression, Write};
use super::keys::{BY_DUE, BY_PRINCIPAL, Key};
use super::row::{self, Row};
use super::{Condition, StoreError, Tries};

/// The most that one transaction can hold.
pub(super) const TRANSACTION_LIMIT: usize = 100;

/// The table.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: String,
}

/// Which rows a query is for: a partition of the table or of an index, in the order of its sort
/// keys.
#[derive(Clone, Debug)]
pub struct Query {
    index: Option<&'static str>,
    partition: String,
    range: Range,
    backwards: bool,
    limit: usize,
    start: Option<HashMap<String, AttributeValue>>,
}

#[derive(Clone, Debug)]
enum Range {
    All,
    Prefix(String),
    Between(String, String),
}

impl Query {
    fn over(index: Option<&'static str>, partition: String) -> Self {
        Self { index, partition, range: Range::All, backwards: false, limit: 100, start: None }
    }

    /// Rows of a partition of the table, strongly consistent.
    #[must_use]
    pub fn rows(partition: String) -> Self {
        Self::over(None, partition)
    }

    /// Rows listed under a principal.
    #[must_use]
    pub fn principal(principal: String) -> Self {
        Self::over(Some(BY_PRINCIPAL), principal)
    }

    /// Rows that wait, whose time has come by `until` (see [`super::keys::sortable`]).
    #[must_use]
    pub fn due(shard: u64, until: String) -> Self {
        let mut query = Self::over(Some(BY_DUE), format!("DUE#{shard}"));
        query.range = Range::Between("0".to_owned(), until);
        query
    }

    /// Only sort keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.range = Range::Prefix(prefix.into());
        self
    }

    /// Only sort keys from `low` to `high`, both included.
    #[must_use]
    pub fn between(mut self, low: impl Into<String>, high: impl Into<String>) -> Self {
        self.range = Range::Between(low.into(), high.into());
        self
    }

    /// The last sort key first.
    #[must_use]
    pub fn backwards(mut self) -> Self {
        self.backwards = true;
        self
    }

    /// At most so many rows.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Goes on behind the row with this key; in an index, behind that row of the index.
    #[must_use]
    pub fn after(mut self, key: &Key, index_sort: Option<&str>) -> Self {
        let mut start = table_key(key);
        if let (Some(_), Some(sort)) = (self.index, index_sort) {
            start.insert("principal".to_owned(), AttributeValue::S(self.partition.clone()));
            start.insert("principal_sort".to_owned(), AttributeValue::S(sort.to_owned()));
        }
        self.start = Some(start);
        self
    }

    /// Goes on where a page ended, as [`Page::next`] says.
    #[must_use]
    pub fn from(mut self, next: HashMap<String, AttributeValue>) -> Self {
        self.start = Some(next);
        self
    }

    /// The names of partition and sort key.
    fn attributes(&self) -> (&'static str, &'static str) {
        match self.index {
            None => ("PK", "SK"),
            Some(BY_PRINCIPAL) => ("principal", "principal_sort"),
            Some(_) => ("due_shard", "due_at"),
        }
    }
}

/// Rows of a query, and where to go on.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where to go on; `None` at the end.
    pub next: Option<HashMap<String, AttributeValue>>,
}

fn table_key(key: &Key) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("PK".to_owned(), AttributeValue::S(key.pk.clone())),
        ("SK".to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}

impl Table {
    /// The table `name`.
    #[must_use]
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Opens the connection, so that the first request does not have to.
    pub async fn warm_up(&self) {
        // Whatever comes back, the connection is open.
        let _ = self.client.describe_table().table_name(&self.name).send().await;
    }

    /// One row, strongly consistent.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(table_key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        Ok(answer.item)
    }

    /// Rows by key, each strongly consistent by itself. What is not there is not in the answer.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn get_many(
        &self,
        keys: impl IntoIterator<Item = Key>,
    ) -> Result<HashMap<Key, Row>, StoreError> {
        let mut wanted: Vec<Key> = Vec::new();
        for key in keys {
            if !wanted.contains(&key) {
                wanted.push(key);
            }
        }
        let batches = wanted.chunks(TRANSACTION_LIMIT).map(|batch| self.get_batch(batch));
        let mut found = HashMap::new();
        for rows in try_join_all(batches).await? {
            found.extend(rows.into_iter().map(|row| (row::key_of(&row), row)));
        }
        Ok(found)
    }

    async fn get_batch(&self, keys: &[Key]) -> Result<Vec<Row>, StoreError> {
        let mut left: Vec<_> = keys.iter().map(table_key).collect();
        let mut rows = Vec::new();
        // DynamoDB gives back what it could not read; it gets less each time.
        for _ in 0..8 {
            if left.is_empty() {
                return Ok(rows);
            }
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut left)))
                .consistent_read(true)
                .build()
                .map_err(StoreError::odd)?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, wanted)
                .send()
                .await
                .map_err(failed)?;
            for (_, found) in answer.responses.unwrap_or_default() {
                rows.extend(found);
            }
            for (_, unread) in answer.unprocessed_keys.unwrap_or_default() {
                left.extend(unread.keys);
            }
        }
        if left.is_empty() { Ok(rows) } else { Err(StoreError::Busy("keys unprocessed".into())) }
    }

    /// One page of a query.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn query(&self, query: Query) -> Result<Page, StoreError> {
        let (partition, sort) = query.attributes();
        let mut request = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(query.index.map(str::to_owned))
            .expression_attribute_names("#pk", partition)
            .expression_attribute_values(":pk", AttributeValue::S(query.partition))
            .scan_index_forward(!query.backwards)
            .consistent_read(query.index.is_none())
            .limit(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(query.start);
        request = match query.range {
            Range::All => request.key_condition_expression("#pk = :pk"),
            Range::Prefix(prefix) => request
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :low)")
                .expression_attribute_names("#sk", sort)
                .expression_attribute_values(":low", AttributeValue::S(prefix)),
            Range::Between(low, high) => request
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
                .expression_attribute_names("#sk", sort)
                .expression_attribute_values(":low", AttributeValue::S(low))
                .expression_attribute_values(":high", AttributeValue::S(high)),
        };
        let answer = request.send().await.map_err(failed)?;
        Ok(Page { rows: answer.items.unwrap_or_default(), next: answer.last_evaluated_key })
    }

    /// All rows of a query, up to `most`. For what is small by its nature.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn query_all(&self, query: Query, most: usize) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut next = None;
        loop {
            let mut part = query.clone();
            if let Some(next) = next {
                part = part.from(next);
            }
            let page = self.query(part).await?;
            rows.extend(page.rows);
            next = page.next;
            if next.is_none() || most <= rows.len() {
                return Ok(rows);
            }
        }
    }

    /// Rows of one instant, in the order of `keys`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] while one of the rows is being written, [`StoreError::Busy`],
    /// [`StoreError::Odd`].
    pub async fn get_at_once(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let gets = keys
            .iter()
            .map(|key| {
                let get = Get::builder().table_name(&self.name).set_key(Some(table_key(key)));
                Ok(TransactGetItem::builder().get(get.build().map_err(StoreError::odd)?).build())
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let answer =
            self.client.transact_get_items().set_transact_items(Some(gets)).send().await.map_err(
                |error| match error.as_service_error() {
                    Some(TransactGetItemsError::TransactionCanceledException(cancelled)) => {
                        cancellation(cancelled.cancellation_reasons(), &error)
                    }
                    _ => failed(error),
                },
            )?;
        Ok(answer.responses.unwrap_or_default().into_iter().map(|one| one.item).collect())
    }

    /// Does all of `writes`, or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if a condition did not hold, [`StoreError::Conflict`],
    /// [`StoreError::Busy`], [`StoreError::Odd`]. After [`StoreError::Busy`] it is unknown whether
    /// the writes happened: their conditions must make a second try harmless.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        if TRANSACTION_LIMIT < writes.len() {
            return Err(StoreError::Odd(format!("{} writes in a transaction", writes.len())));
        }
        let items = writes
            .into_iter()
            .map(|write| self.transact_item(write))
            .collect::<Result<Vec<_>, StoreError>>()?;
        // DynamoDB carries out what has this token once, however often it is sent.
        let token = format!("{:032x}", fastrand::u128(..));
        let mut tries = Tries::default();
        loop {
            let request = self.client.transact_write_items().client_request_token(&token);
            let sent = request.set_transact_items(Some(items.clone())).send().await;
            let Err(error) = sent else { return Ok(()) };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    return Err(cancellation(cancelled.cancellation_reasons(), &error));
                }
                // A try of ours whose answer was lost is still being carried out. What becomes of it
                // is the answer: who decided anew would meet their own write.
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                    tries.again().await?;
                }
                _ => return Err(failed(error)),
            }
        }
    }

    /// Puts one row, where `condition` holds.
    ///
    /// # Errors
    ///
    /// As [`Table::write`].
    pub async fn put(&self, row: Row, condition: Option<Condition>) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        let condition = expression.condition(condition);
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(row))
            .set_condition_expression(condition)
            .set_expression_attribute_names(some(expression.names))
            .set_expression_attribute_values(some(expression.values))
            .send()
            .await
            .map(|_| ())
            .map_err(failed)
    }

    /// Updates one row and answers its attributes after that.
    ///
    /// # Errors
    ///
    /// As [`Table::write`].
    pub async fn update(
        &self,
        key: &Key,
        set: Vec<(&'static str, AttributeValue)>,
        remove: Vec<&'static str>,
        add: Vec<(&'static str, u64)>,
        condition: Option<Condition>,
    ) -> Result<Row, StoreError> {
        let mut expression = Expression::default();
        let update = expression.update(set, remove, add);
        let condition = expression.condition(condition);
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(table_key(key)))
            .update_expression(update)
            .set_condition_expression(condition)
            .set_expression_attribute_names(some(expression.names))
            .set_expression_attribute_values(some(expression.values))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
            .send()
            .await
            .map(|answer| answer.attributes.unwrap_or_default())
            .map_err(failed)
    }

    /// Deletes one row, where `condition` holds.
    ///
    /// # Errors
    ///
    /// As [`Table::write`].
    pub async fn delete(&self, key: &Key, condition: Option<Condition>) -> Result<(), StoreError> {
        let mut expression = Expression::default();
        let condition = expression.condition(condition);
        self.client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(table_key(key)))
            .set_condition_expression(condition)
            .set_expression_attribute_names(some(expression.names))
            .set_expression_attribute_values(some(expression.values))
            .send()
            .await
            .map(|_| ())
            .map_err(failed)
    }

    fn transact_item(&self, write: Write) -> Result<TransactWriteItem, StoreError> {
        let mut expression = Expression::default();
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let item = TransactWriteItem::builder();
        let built = match write {
            Write::Put(row, condition) => {
                let condition = expression.condition(condition);
                let put = Put::builder()
                    .table_name(&self.name)
                    .set_item(Some(row))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(some(expression.names))
                    .set_expression_attribute_values(some(expression.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(StoreError::odd)?;
                item.put(put)
            }
            Write::Update { key, set, remove, add, condition } => {
                let update = expression.update(set, remove, add);
                let condition = expression.condition(condition);
                let update = Update::builder()
                    .table_name(&self.name)
                    .set_key(Some(table_key(&key)))
                    .update_expression(update)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(some(expression.names))
                    .set_expression_attribute_values(some(expression.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(StoreError::odd)?;
                item.update(update)
            }
            Write::Delete(key, condition) => {
                let condition = expression.condition(condition);
                let delete = Delete::builder()
                    .table_name(&self.name)
                    .set_key(Some(table_key(&key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(some(expression.names))
                    .set_expression_attribute_values(some(expression.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(StoreError::odd)?;
                item.delete(delete)
            }
            Write::Check(key, condition) => {
                let condition = expression.condition(Some(condition)).unwrap_or_default();
                let check = ConditionCheck::builder()
                    .table_name(&self.name)
                    .set_key(Some(table_key(&key)))
                    .condition_expression(condition)
                    .set_expression_attribute_names(some(expression.names))
                    .set_expression_attribute_values(some(expression.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(StoreError::odd)?;
                item.condition_check(check)
            }
        };
        Ok(built.build())
    }
}

/// DynamoDB refuses empty maps of names and values.
fn some<V>(map: HashMap<String, V>) -> Option<HashMap<String, V>> {
    if map.is_empty() { None } else { Some(map) }
}

/// All of `futures`, at the same time; the first failure wins.
async fn try_join_all<T, F>(futures: impl Iterator<Item = F>) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    futures_util::future::try_join_all(futures).await
}

/// What a cancelled transaction means: a condition that did not hold says more than a conflict.
fn cancellation(
    reasons: &[CancellationReason],
    error: &(impl std::error::Error + 'static),
) -> StoreError {
    let failed: Vec<_> = reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(at, reason)| (at, reason.item().cloned()))
        .collect();
    let has = |code| reasons.iter().any(|reason| reason.code() == Some(code));
    if !failed.is_empty() {
        StoreError::Refused { failed }
    } else if has("TransactionConflict") {
        StoreError::Conflict
    } else if has("ThrottlingError") || has("ProvisionedThroughputExceeded") {
        StoreError::Busy("the transaction was throttled".to_owned())
    } else {
        StoreError::odd(DisplayErrorContext(error))
    }
}

/// What any other failure means.
fn failed<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some("ConditionalCheckFailedException") => StoreError::Refused { failed: vec![(0, None)] },
        Some("TransactionConflictException") => StoreError::Conflict,
        Some("ValidationException" | "ResourceNotFoundException" | "AccessDeniedException") => {
            StoreError::odd(DisplayErrorContext(error))
        }
        _ => StoreError::Busy(DisplayErrorContext(error).to_string()),
    }
}
