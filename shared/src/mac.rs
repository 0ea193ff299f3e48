//! The tokens of invitations: derived with a KMS key, stored nowhere. And names for targets, with
//! another key, that tell nothing of them.

use aws_sdk_kms::error::{DisplayErrorContext, SdkError};
use aws_sdk_kms::operation::verify_mac::VerifyMacError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;

use crate::id::InvitationId;
use crate::value::Value;

/// The HMAC key in KMS.
#[derive(Clone)]
pub struct Macs {
    client: aws_sdk_kms::Client,
    key: String,
}

/// KMS did not answer, or refused.
#[derive(Debug, thiserror::Error)]
#[error("the key service did not do its work: {0}")]
pub struct MacError(String);

/// What is signed: `casement-invitation-1`, id and generation, a line each.
fn message(invitation: InvitationId, generation: u64) -> Blob {
    Blob::new(format!("casement-invitation-1\n{invitation}\n{generation}"))
}

impl Macs {
    /// The key with this id or ARN.
    #[must_use]
    pub fn new(client: aws_sdk_kms::Client, key: String) -> Self {
        Self { client, key }
    }

    /// The token of one generation of an invitation, as it stands in the link: `ID.MAC`.
    ///
    /// # Errors
    ///
    /// KMS did not answer, or this function may not use the key.
    pub async fn token(
        &self,
        invitation: InvitationId,
        generation: u64,
    ) -> Result<String, MacError> {
        let mac = self.generate(message(invitation, generation)).await?;
        Ok(format!("{invitation}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac)))
    }

    async fn generate(&self, message: Blob) -> Result<Vec<u8>, MacError> {
        let answer = self
            .client
            .generate_mac()
            .key_id(&self.key)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(message)
            .send()
            .await
            .map_err(|error| MacError(DisplayErrorContext(error).to_string()))?;
        let mac = answer.mac.ok_or_else(|| MacError("the answer holds no MAC".to_owned()))?;
        Ok(mac.into_inner())
    }

    /// Whether `mac` is that of this generation of the invitation.
    ///
    /// # Errors
    ///
    /// KMS did not answer, or this function may not use the key.
    pub async fn verifies(
        &self,
        invitation: InvitationId,
        generation: u64,
        mac: &[u8],
    ) -> Result<bool, MacError> {
        let answer = self
            .client
            .verify_mac()
            .key_id(&self.key)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(message(invitation, generation))
            .mac(Blob::new(mac))
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.mac_valid),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), VerifyMacError::KmsInvalidMacException(_)) =>
            {
                Ok(false)
            }
            Err(error) => Err(MacError(DisplayErrorContext(error).to_string())),
        }
    }
}

/// The HMAC key in KMS that names targets. Not that of invitations: who may add a target must not
/// be able to make a token.
#[derive(Clone)]
pub struct TargetMacs(Macs);

impl TargetMacs {
    /// The key with this id or ARN.
    #[must_use]
    pub fn new(client: aws_sdk_kms::Client, key: String) -> Self {
        Self(Macs::new(client, key))
    }

    /// The name of a target: the same for the same value, and nothing that tells it.
    ///
    /// # Errors
    ///
    /// KMS did not answer, or this function may not use the key.
    pub async fn mac(&self, target: &Value) -> Result<String, MacError> {
        let text = format!("casement-target-1\n{}\n{}", target.kind().as_str(), target.as_str());
        Ok(HEXLOWER.encode(&self.0.generate(Blob::new(text)).await?))
    }
}

/// Takes a token apart: the invitation, and 32 bytes that may be its MAC. `None` for what was
/// never a token.
#[must_use]
pub fn parse_token(token: &str) -> Option<(InvitationId, Vec<u8>)> {
    let (id, mac) = token.split_once('.')?;
    let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).ok().filter(|mac| mac.len() == 32)?;
    Some((id.parse().ok()?, mac))
}
