//! Real cases with real documents, by the import.

use serde_json::json;

use indicatif::ProgressBar;

use crate::client::Call;
use crate::demo::files::Attached;
use crate::demo::must::{answers, not_found};
use crate::demo::people::{CaseInPlay, Cases, People};
use crate::demo::story::{Ended, Story};
use crate::import::entry::{Document, Entry};
use crate::import::{self, Batch, Report};

/// Imports the material. The cases that the story goes on with.
pub(super) async fn tell(story: &mut Story, people: &People, batch: Batch) -> Result<Cases, Ended> {
    let People { ada, eve, .. } = people;
    let entries = batch.entries.clone();
    let cases = entries.len();
    story.chapter("The cases")?;
    let report = import(story, people, "Ada imports", batch.clone()).await?;
    let total = report.total();
    let all_in = total.added == cases;
    story.check("All of them are in.", all_in, &format!("{} of {cases} added", total.added))?;
    let again = import(story, people, "She imports the same", batch).await?.total();
    let nothing_new = (again.added, again.completed, again.there) == (0, 0, cases);
    story.check("That adds nothing.", nothing_new, &format!("{} already there", again.there))?;

    let mut taken = Vec::new();
    // The first ones with documents, and what else there is, as often as needed.
    let with = entries.iter().filter(|entry| entry.document.is_some());
    let without = entries.iter().filter(|entry| entry.document.is_none());
    for entry in with.chain(without).take(3) {
        taken.push(take(story, people, &report, entry).await?);
    }
    let mut taken = taken.into_iter();
    let (Some(first), Some(second), Some(third)) = (taken.next(), taken.next(), taken.next())
    else {
        return Err(story.missing("the folder must give three cases"));
    };
    story
        .step(
            ada,
            "They are her own cases.",
            Call::get("/v1/cases?filter=created"),
            answers(200).lists("/id", first.id.as_str()).is("/items/0/how", "own"),
        )
        .await?;
    story.download(ada, &first.id, &first.document).await?;
    story
        .step(
            ada,
            "The second one she lets everybody know: TLP clear.",
            Call::patch(&second.path, json!({"tlp": "clear"})),
            answers(200).is("/tlp", "clear").show("/version"),
        )
        .await?;
    let hidden = story
        .step(eve, "To Eve there is no such case.", Call::get(&first.path), not_found())
        .await?;
    let never = format!("/v1/cases/{}", ulid::Ulid::generate());
    let missing =
        story.step(eve, "Nor is there one that never was.", Call::get(never), not_found()).await?;
    story.check(
        "She cannot tell the two apart.",
        hidden.body == missing.body,
        "both answers say the same",
    )?;
    Ok(Cases { first, second, third })
}

async fn import(
    story: &mut Story,
    people: &People,
    who: &str,
    batch: Batch,
) -> Result<Report, Ended> {
    let (cases, unreadable) = (batch.entries.len(), batch.faults.len());
    story.begin(&format!("{who} {cases} cases through the API, documents attached."))?;
    let report = import::send(&people.ada.client, "lantern", batch, &ProgressBar::hidden()).await;
    for line in report.to_string().lines() {
        story.detail(line)?;
    }
    for (at, fault) in report.faults.iter().enumerate() {
        // What could not be read is said, and is no fault of the host.
        if at < unreadable {
            story.detail(&format!("not imported: {fault}"))?;
        } else {
            story.fault(&fault.to_string())?;
        }
    }
    match &report.stopped {
        Some((reason, _)) => Err(story.missing(reason)),
        None => Ok(report),
    }
}

/// The case of an entry. One without a document gets a small one.
async fn take(
    story: &mut Story,
    people: &People,
    report: &Report,
    entry: &Entry,
) -> Result<CaseInPlay, Ended> {
    let ada = &people.ada;
    let Some(id) = report.cases.get(&entry.case.reference) else {
        return Err(story.missing(&format!("no case `{}`", entry.case.reference)));
    };
    let document = if let Some(document) = &entry.document {
        find(story, people, id, document).await?
    } else {
        let bytes = entry.case.description.clone().into_bytes().into();
        story.attach(ada, id, "Notizen – Entwurf.txt", bytes).await?
    };
    Ok(CaseInPlay::new(id, entry, document))
}

async fn find(
    story: &mut Story,
    people: &People,
    case: &str,
    document: &Document,
) -> Result<Attached, Ended> {
    let name = document.name.as_str();
    let list = story
        .step(
            &people.ada,
            "A case has its document.",
            Call::get(format!("/v1/cases/{case}/attachments?section=documents")),
            answers(200).lists("/name", name).is("/items/0/state", "ready"),
        )
        .await?;
    let id = story.pick(&list, "/name", name, "/id")?;
    Ok(Attached { id, bytes: document.bytes.clone() })
}
