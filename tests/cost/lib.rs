//! What each operation costs in DynamoDB. There is nothing here but the tests in `main.rs`.
