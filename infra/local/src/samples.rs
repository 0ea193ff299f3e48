//! A few cases for those who have no files at hand. They are made up; their shapes are not.
//!
//! Addresses, domains and hashes are of the ranges kept free for examples.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::import::Batch;
use crate::import::entry::{Document, Entry, NewCase, NewObservable, Place};

/// What the samples are called where files would have a name.
const FILE: &str = "built-in samples";

struct Sample {
    reference: &'static str,
    title: &'static str,
    description: &'static str,
    severity: &'static str,
    tlp: &'static str,
    tags: &'static [&'static str],
    document: (&'static str, &'static str, &'static str),
    observables: &'static [(&'static str, &'static str, &'static str)],
}

/// The samples, as if they had been read from files.
#[must_use]
pub fn batch() -> Batch {
    Batch {
        files: vec![FILE.to_owned()],
        entries: SAMPLES.iter().map(entry).collect(),
        ..Batch::default()
    }
}

fn entry(sample: &Sample) -> Entry {
    let (name, content_type, text) = sample.document;
    Entry {
        place: Place::pointer(FILE, sample.reference),
        case: NewCase {
            title: sample.title.to_owned(),
            description: sample.description.to_owned(),
            severity: sample.severity,
            tlp: sample.tlp,
            tags: sample.tags.iter().map(|&tag| tag.to_owned()).collect(),
            reference: sample.reference.to_owned(),
        },
        document: Some(Document {
            name: name.to_owned(),
            content_type,
            bytes: Bytes::from_static(text.as_bytes()),
        }),
        observables: sample.observables.iter().map(|one| observable(*one, sample.tlp)).collect(),
        left_out: BTreeMap::new(),
        tidied: 0,
    }
}

fn observable((kind, value, note): (&'static str, &str, &str), tlp: &'static str) -> NewObservable {
    NewObservable {
        kind,
        value: value.to_owned(),
        note: note.to_owned(),
        tags: Vec::new(),
        tlp,
        ioc: true,
        source_type: None,
    }
}

const SAMPLES: [Sample; 3] = [
    Sample {
        reference: "sample:supplier-mailbox",
        title: "Invoice fraud through a supplier's hijacked mailbox",
        description: "Two invoices over 48,200 and 17,950 euros came from the supplier's own \
            mailbox with a new account number. One was paid. The thread was answered from inside: \
            somebody else reads and writes in the mailbox since 3 March at the latest.\n\n\
            Asked: stop of the payment (bank), log of sign-ins (supplier), names of others who \
            got such a mail.",
        severity: "high",
        tlp: "amber",
        tags: &["fraud", "bec", "supplier"],
        document: (
            "Zeitleiste – Überweisungen.txt",
            "text/plain",
            "2026-03-03 22:14  sign-in to the supplier's mailbox from 203.0.113.77 (new country)\n\
             2026-03-03 22:31  forwarding rule `..` made: from:*@harbour.example -> RSS folder\n\
             2026-03-05 09:02  first mail with the new account number, in the old thread\n\
             2026-03-06 14:40  17,950 EUR paid\n\
             2026-03-09 08:55  second invoice, 48,200 EUR; the clerk calls back on the known number\n\
             2026-03-09 09:10  fraud recognised, payment stop asked of the bank\n",
        ),
        observables: &[("ip", "203.0.113.77", "sign-in to the supplier's mailbox")],
    },
    Sample {
        reference: "sample:parcel-kit",
        title: "Phishing kit imitates the parcel service, third wave",
        description: "The same kit as in May and August, now with a page that asks for the card's \
            PIN. 61 reports in two days, nine victims known. Pages are up for about six hours.",
        severity: "medium",
        tlp: "green",
        tags: &["phishing", "kit", "cards"],
        document: (
            "pages.txt",
            "text/plain",
            "https://parcel-a.invalid/track?id=\nhttps://parcel-b.invalid/track?id=\n\
             https://pakete.invalid/zustellung\n",
        ),
        observables: &[
            ("domain", "parcel-a.invalid", ""),
            ("domain", "parcel-b.invalid", ""),
            ("url", "https://pakete.invalid/zustellung", ""),
        ],
    },
    Sample {
        reference: "sample:vpn-appliance",
        title: "VPN appliance exploited before the patch, file server reached",
        description: "The appliance was patched on 14 February; the web shell on it is from the \
            12th. From there: a service account with an old password, the backup host, the file \
            server. No encryption started, about 40 GB went out.\n\nOpen: whether the archive \
            share was among it.",
        severity: "critical",
        tlp: "amber+strict",
        tags: &["intrusion", "vpn", "T1190", "T1505.003"],
        document: (
            "indicators.csv",
            "text/csv",
            "type,value,note\n\
             ip,198.51.100.23,web shell client\n\
             ip,198.51.100.91,upload target\n\
             domain,updates.invalid,resolved from the backup host\n\
             path,/var/tmp/.cache/session.cgi,web shell\n\
             account,svc-backup,password from 2019\n",
        ),
        observables: &[
            ("ip", "198.51.100.23", "web shell client"),
            ("ip", "198.51.100.91", "upload target"),
            ("domain", "updates.invalid", "resolved from the backup host"),
            ("file", "/var/tmp/.cache/session.cgi", "web shell"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::tidy;

    #[test]
    fn the_samples_fit_as_they_are() {
        for entry in batch().entries {
            let case = &entry.case;
            assert_eq!(tidy::line(&case.title, tidy::TITLE).text, case.title);
            assert!(!tidy::prose(&case.description, tidy::DESCRIPTION).changed);
            let document = entry.document.unwrap();
            document.name.parse::<shared::text::FileName>().unwrap();
        }
    }
}
