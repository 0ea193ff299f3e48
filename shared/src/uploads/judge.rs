//! The rules for a file that arrived and for what a scan found: no table, no S3, no clock.

use crate::files::Arrived;
use crate::model::{Attachment, AttachmentState};

/// How many characters of a threat's name are told.
const THREAT_NAME: usize = 80;

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It can be downloaded.
    Ready,
    /// It waits for the malware scan.
    Scanning,
    /// It is refused, and why, for its maker.
    Rejected(String),
}

impl Verdict {
    pub(super) fn state(&self) -> AttachmentState {
        match self {
            Self::Ready => AttachmentState::Ready,
            Self::Scanning => AttachmentState::Scanning,
            Self::Rejected(_) => AttachmentState::Rejected,
        }
    }
}

/// Judges a file that arrived; `may_add` is the decision as of now, `scan` the setting.
pub(super) fn judge(
    announced: &Attachment,
    arrived: &Arrived,
    may_add: bool,
    scan: bool,
) -> Verdict {
    if !may_add {
        let reason = "whoever uploaded it may no longer add to this part of the case";
        return Verdict::Rejected(reason.to_owned());
    }
    if announced.size != arrived.size {
        let (found, said) = (arrived.size, announced.size);
        return Verdict::Rejected(format!("{found} bytes arrived, {said} were announced"));
    }
    if !same_type(arrived.content_type.as_deref().unwrap_or_default(), &announced.declared_type) {
        return Verdict::Rejected("it arrived under another type than was announced".to_owned());
    }
    if scan { Verdict::Scanning } else { Verdict::Ready }
}

/// Whether two media types are the same but for case and spaces, which stores may change.
fn same_type(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !c.is_ascii_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
    };
    plain(one) == plain(other)
}

/// What a malware scan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanResult {
    /// It found nothing.
    Clean,
    /// It found this.
    Threats(Vec<String>),
    /// It could not look into the file.
    Unsupported,
    /// It did not work.
    Failed,
}

impl ScanResult {
    /// Why the file is refused, if it is. What could not be scanned is: in doubt, deny.
    pub(super) fn refusal(&self) -> Option<String> {
        match self {
            Self::Clean => None,
            Self::Threats(names) => {
                let names: Vec<String> = names.iter().take(5).map(|name| shown(name)).collect();
                Some(if names.is_empty() {
                    "the malware scan found a threat".to_owned()
                } else {
                    format!("the malware scan found {}", names.join(", "))
                })
            }
            Self::Unsupported => Some(
                "the malware scan cannot look into it: it may be encrypted, or too large"
                    .to_owned(),
            ),
            Self::Failed => Some("the malware scan did not work; upload it again".to_owned()),
        }
    }
}

/// A threat's name as it can be shown.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(THREAT_NAME).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::id::{CaseId, ItemId, UserId};
    use crate::model::Origin;
    use crate::rights::Section;

    fn announced() -> Attachment {
        let now = Timestamp::UNIX_EPOCH;
        Attachment {
            id: ItemId::new(now),
            case: CaseId::new(now),
            section: Section::Documents,
            name: "report.pdf".parse().unwrap(),
            size: 12,
            declared_type: "text/plain; charset=UTF-8".to_owned(),
            sniffed_type: None,
            sha256: None,
            state: AttachmentState::Uploading,
            reason: None,
            author: UserId::of("i", "s"),
            author_name: None,
            author_address: None,
            origin: Origin::Internal,
            external: false,
            created_at: now,
            object: None,
            upload_until: now,
            version: 1,
        }
    }

    fn arrived(size: u64, content_type: &str) -> Arrived {
        Arrived { size, content_type: Some(content_type.to_owned()) }
    }

    #[test]
    fn what_is_as_announced_is_ready_or_scanned() {
        let arrived = arrived(12, "text/plain;charset=utf-8");
        assert_eq!(judge(&announced(), &arrived, true, false), Verdict::Ready);
        assert_eq!(judge(&announced(), &arrived, true, true), Verdict::Scanning);
    }

    #[test]
    fn what_is_not_as_announced_is_rejected_with_a_reason() {
        let reason = |arrived: &Arrived, may_add| match judge(&announced(), arrived, may_add, true)
        {
            Verdict::Rejected(reason) => reason,
            other => panic!("{other:?}"),
        };
        let declared = announced().declared_type;
        assert!(reason(&arrived(13, &declared), true).contains("13 bytes"));
        assert!(reason(&arrived(12, "text/html"), true).contains("type"));
        assert!(reason(&arrived(12, &declared), false).contains("no longer"));
    }

    #[test]
    fn only_a_clean_scan_lets_a_file_pass() {
        assert_eq!(ScanResult::Clean.refusal(), None);
        for refused in [
            ScanResult::Threats(Vec::new()),
            ScanResult::Threats(vec!["EICAR-Test-File".to_owned()]),
            ScanResult::Unsupported,
            ScanResult::Failed,
        ] {
            assert!(refused.refusal().is_some(), "{refused:?}");
        }
        let named = ScanResult::Threats(vec!["a\u{7}b".to_owned()]).refusal().unwrap();
        assert_eq!(named, "the malware scan found ab");
    }
}
