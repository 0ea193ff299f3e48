//! A check is true at one instant, in every order in which its requests and others' writes can
//! follow each other.

use wire::pairs::{Pair, design, revoke_then_post};
use wire::partners;
use wire::schedule::Schedule;
use wire::watch::{Breach, Table};

/// How many orders of each check are run here; the long run has all of them, other pairs, and tables
/// that are less sound.
const ORDERS: usize = 4;

/// Without round two each pair of the design is broken: as it is in DynamoDB, or, where the change
/// is one transaction, by a query of which another reads a part before and a part after it.
#[tokio::test]
async fn every_pair_is_of_one_instant_and_only_by_round_two() {
    for pair in design().await {
        is_of_one_instant(&pair).await;
        let checks = || pair.watches.iter().filter(|watch| watch.path != "/cases");
        let whole = pair.name == "PUT that swaps a person for their group";
        let blind = if whole { Table::TornBlindRoundTwo } else { Table::BlindRoundTwo };
        // The comments: nothing is asked for but one check.
        let watch = checks().next_back().expect("a check");
        let report = watch.run(&pair.film, blind, Schedule::reduced().until_broken()).await;
        assert!(report.broken() > 0, "without round two, `{}` is as before: {report}", pair.name);
        eprintln!("{} | broken in order {} without round two", pair.name, report.runs);
    }
}

/// What the reader is shown when nobody else moves is what the pair says, and in a few orders it is
/// shown at one instant.
async fn is_of_one_instant(pair: &Pair) {
    for (watch, truth) in pair.watches.iter().zip(&pair.truth) {
        let quiet: Vec<_> = watch.quiet(&pair.film).await;
        let mut quiet: Vec<_> = quiet.iter().map(|seen| seen.as_deref().unwrap_or("-")).collect();
        // A frame that differs in something else only, such as a counter, is no news.
        quiet.dedup();
        assert_eq!(quiet.join(" "), *truth, "{}: {}", pair.name, watch.path);
    }
    for watch in pair.watches.iter().filter(|watch| watch.path != "/cases") {
        let report = watch.run(&pair.film, Table::Sound, Schedule::sampled(ORDERS)).await;
        assert_eq!(report.broken(), 0, "{} | {} | {report}", pair.name, watch.path);
    }
}

/// Links, shares of items, taking in and share-all are read in round two.
#[tokio::test]
async fn what_comes_from_other_orgs_and_wholesale_is_of_one_instant_too() {
    for pair in partners::pairs().await {
        is_of_one_instant(&pair).await;
    }
}

/// What a list shows is true at one instant, too; what it does not show yet is late, and no more.
#[tokio::test]
async fn a_list_shows_nothing_that_was_never_allowed() {
    let pairs = design().await;
    let pair = pairs.first().expect("a pair");
    let list = pair.watches.iter().find(|watch| watch.path == "/cases").expect("a list");

    let mut report = list.run(&pair.film, Table::Sound, Schedule::sampled(ORDERS)).await;

    report.breaches.remove(&Breach::DeniedThroughout);
    assert_eq!(report.broken(), 0, "{report}");
}

#[tokio::test]
async fn content_that_is_read_after_the_decision_is_noticed() {
    let pair = revoke_then_post().await;
    let comments = pair.watches.iter().find(|watch| watch.path.ends_with("/comments")).unwrap();

    let schedule = Schedule::sampled(400).until_broken();
    let report = comments.run(&pair.film, Table::LateContent, schedule).await;

    let late = report.breaches.get(&Breach::WrittenAfterLoss);
    assert!(late.is_some_and(|count| *count > 0), "{report}");
}
