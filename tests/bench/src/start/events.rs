//! What each function is invoked with: something that makes it do its usual reading, and finds
//! nothing, so that every invocation of it costs the same.

use serde_json::{Value, json};

/// A case that is not there.
const CASE: &str = "/v1/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// The event for one function.
pub(super) fn event(function: &str) -> Value {
    match function {
        "on-change" => json!({ "Records": [{
            "eventID": "1", "eventName": "INSERT", "awsRegion": "eu-central-1",
            "dynamodb": {
                "NewImage": {
                    "PK": { "S": "INVITE#01ARZ3NDEKTSV4RRFFQ69G5FAV" }, "SK": { "S": "@" },
                    "due_for": { "S": "mail" }, "due_at": { "S": "2026-01-01T00:00:00.000Z" },
                },
                "SequenceNumber": "1", "SizeBytes": 1,
            },
        }] }),
        "on-clock" => json!({}),
        "on-mail" => json!({
            "detail-type": "Email Delivered", "source": "aws.ses",
            "detail": { "eventType": "Delivery", "mail": {
                "messageId": "1", "destination": ["a@b.example"], "tags": {
                    "kind": ["invitation"], "id": ["01ARZ3NDEKTSV4RRFFQ69G5FAV"],
                    "generation": ["1"],
                },
            }, "delivery": {} },
        }),
        "on-upload" => json!({
            "detail-type": "Object Created", "source": "aws.s3",
            "detail": { "object": { "key":
                "01ARZ3NDEKTSV4RRFFQ69G5FAV/documents/01ARZ3NDEKTSV4RRFFQ69G5FAV" } },
        }),
        "on-sign-up" => json!({
            "version": "1", "triggerSource": "PreSignUp_SignUp", "region": "eu-central-1",
            "userPoolId": "p", "userName": "u", "callerContext": { "clientId": "c" },
            "request": { "userAttributes": { "email": "a@b.example" } }, "response": {},
        }),
        "accept" => request("GET", "/v1/invitations"),
        "assign" => request("GET", &format!("{CASE}/assignees")),
        "attachment-mark-external" => {
            request("PUT", &format!("{CASE}/attachments/01ARZ3NDEKTSV4RRFFQ69G5FAV/external"))
        }
        "attachments" => request("GET", &format!("{CASE}/attachments")),
        "comment-mark-external" => {
            request("PUT", &format!("{CASE}/comments/01ARZ3NDEKTSV4RRFFQ69G5FAV/external"))
        }
        "directory" => request("GET", "/v1/me"),
        "disconnect" => request("POST", &format!("{CASE}/disconnect")),
        "external-access" => request("GET", &format!("{CASE}/access")),
        "history" => request("GET", &format!("{CASE}/history")),
        "items" => request("GET", &format!("{CASE}/comments")),
        "notices" => request("GET", "/v1/notices"),
        "receive" => request("GET", "/v1/orgs/acme/incoming"),
        "revoke" => request("DELETE", &format!("{CASE}/shares/s{}", "a".repeat(26))),
        "share" => request("GET", &format!("{CASE}/shares")),
        // `cases`, and what comes after this was written; the hello takes anything.
        _ => request("GET", CASE),
    }
}

/// A request as API Gateway hands it on, format 2.0.
fn request(method: &str, path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": { "host": "api.example", "content-type": "application/json" },
        "requestContext": {
            "accountId": "1", "apiId": "1", "domainName": "api.example", "domainPrefix": "api",
            "requestId": "1", "routeKey": "$default", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_u64,
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "bench",
            },
            "authorizer": { "jwt": { "scopes": ["casement/api"], "claims": {
                "iss": ISSUER, "sub": "bench", "token_use": "access",
                "email": "ada@acme.example", "email_verified": "true", "scope": "casement/api",
            } } },
        },
        "body": "{}", "isBase64Encoded": false,
    })
}

/// Who issued the token.
pub(super) const ISSUER: &str = "https://issuer.example";
