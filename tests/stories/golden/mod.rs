//! The golden table: who may do what where, and that what is hidden looks like what never was.
//!
//! `cases.txt` and `elsewhere.txt` are the table, for reviewers to read as a diff. `CASEMENT_GOLDEN=all` proves each of its
//! cells, and with `UPDATE_EXPECT=1` writes it anew; without, a fixed part of the cells is proved,
//! which is another one for each number that `CASEMENT_GOLDEN` says.

mod cast;
mod place;
mod probes;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::Mutex;

use expect_test::expect_file;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::dsl::{Answer, Person, World, environment};
use cast::Cast;
use place::{PLACES, Place};
use probes::{NEVER, Probe, Undo, elsewhere, probes};
use table::{Cells, Table};

/// One cell of so many is proved in a short run.
const PARTS: u64 = 30;

/// Which cells are proved.
#[derive(Clone, Copy)]
enum Part {
    All,
    One(u64),
}

impl Part {
    fn chosen() -> Self {
        match environment("CASEMENT_GOLDEN").as_deref() {
            Some("all") => Self::All,
            Some(number) => Self::One(number.parse().expect("`all`, or a number")),
            None => Self::One(0),
        }
    }

    /// In which states of a case: in three of the seven, so that the scenes are set up in time.
    fn places(self) -> impl Iterator<Item = &'static str> {
        let chosen = move |at: usize| match self {
            Self::All => true,
            Self::One(part) => [0, 2, 4].contains(&((at as u64 + part) % 7)),
        };
        PLACES.into_iter().enumerate().filter(move |(at, _)| chosen(*at)).map(|(_, name)| name)
    }

    fn has(self, probe: &str, caller: &str, place: &str) -> bool {
        let Self::One(part) = self else { return true };
        let mut hasher = DefaultHasher::new();
        (probe, caller, place).hash(&mut hasher);
        hasher.finish() % PARTS == part % PARTS
    }
}

/// What a case that never was is answered with, by operation.
type Nevers = Mutex<BTreeMap<&'static str, Vec<u8>>>;

const CASES: Table = Table { columns: &PLACES, text: include_str!("cases.txt") };
const ELSEWHERE: Table =
    Table { columns: &["open", "locked"], text: include_str!("elsewhere.txt") };

// S1 to S13, P1 to P14, O1 to O12, E1 to E13: the callers; hidden equals missing
#[tokio::test]
async fn every_caller_may_do_this_much_everywhere_and_hidden_is_as_never() {
    let world = World::new().await;
    let part = Part::chosen();
    let cast = Cast::gather(&world).await;
    let mut places = Vec::new();
    for name in part.places() {
        places.push(Place::of(&cast, name).await);
    }
    join_all(places.iter_mut().map(|place| place.settle(&cast))).await;
    places[0].look_around(&cast).await;
    cast.fall().await;
    join_all(places.iter().map(|place| place.end(&cast))).await;

    let nevers = Nevers::default();
    let (about_cases, others) = (probes(), elsewhere());
    let found = places.iter_mut().map(|place| {
        let name = place.name;
        column(&cast, place, name, &about_cases, part, &nevers)
    });
    let cases: Cells = join_all(found).await.into_iter().flatten().collect();
    let mut rest = column(&cast, &mut places[0], "open", &others, part, &nevers).await;
    cast.operator.post(format!("/orgs/{}/lock", cast.acme.id), &json!({})).await.ok();
    rest.extend(column(&cast, &mut places[0], "locked", &others, part, &nevers).await);

    let count = cases.len() + rest.len();
    drop(writeln!(std::io::stderr(), "{count} cells of the golden table are proved"));
    if let Part::All = part {
        let text = |table: &Table, cells: &Cells, probes: &[Probe]| {
            let names: Vec<_> = probes.iter().map(|one| one.name).collect();
            table.written(cells, &names)
        };
        expect_file!["./cases.txt"].assert_eq(&text(&CASES, &cases, &about_cases));
        expect_file!["./elsewhere.txt"].assert_eq(&text(&ELSEWHERE, &rest, &others));
    } else {
        CASES.has(&cases);
        ELSEWHERE.has(&rest);
    }
}

/// Tries operations as all callers, one after the other.
async fn column(
    cast: &Cast,
    place: &mut Place,
    name: &'static str,
    probes: &[Probe],
    part: Part,
    nevers: &Nevers,
) -> Cells {
    let mut cells = Cells::new();
    for probe in probes {
        for (caller, who) in cast.callers(&place.pending) {
            if !part.has(probe.name, caller, name) {
                continue;
            }
            let answer = probe.ask(&who, place).await;
            if answer.status == 404 {
                looks_like_nothing(probe, &who, place, &answer, nevers).await;
            }
            if answer.status < 300 {
                undo(cast, place, probe).await;
            }
            let key = (probe.name.to_owned(), caller.to_owned(), name.to_owned());
            cells.insert(key, probe.cell(&answer, place));
        }
    }
    cells
}

/// What is hidden is answered with the same bytes as what never was.
async fn looks_like_nothing(
    probe: &Probe,
    who: &Person,
    place: &Place,
    answer: &Answer,
    nevers: &Nevers,
) {
    let known = nevers.lock().unwrap().get(probe.name).cloned();
    let never = match (known, probe.of_none(who, place)) {
        (Some(known), _) => known,
        (None, Some(ask)) => ask.await.hidden().bytes,
        (None, None) => return,
    };
    assert_eq!(answer.clone().hidden().bytes, never, "{}: {answer}", place.name);
    nevers.lock().unwrap().insert(probe.name, never);
}

/// Takes back what a probe has done.
async fn undo(cast: &Cast, place: &mut Place, probe: &Probe) {
    match probe.undo {
        Undo::No => {}
        Undo::Ask(method, pattern) => {
            let method: Method = method.parse().unwrap();
            // Nobody but an operator locks and unlocks.
            let path = place.path(pattern);
            let who = if path.ends_with("/unlock") { &cast.operator } else { &cast.creator };
            who.ask(method, path).json(&json!({})).await.ok();
        }
        Undo::Make("link") => cast.acme.links(&cast.stranded).await,
        Undo::Make("unit") => place.restore(&cast.acme.admin, "unit").await,
        Undo::Make(kind) => place.restore(&cast.creator, kind).await,
    }
}

#[test]
fn every_operation_is_in_the_table() {
    let tried = probes().into_iter().chain(elsewhere()).map(|probe| probe.name.to_owned());
    let tried: BTreeSet<_> = tried.collect();
    let text = include_str!("../../../docs/openapi.json");
    let api: Value = serde_json::from_str(text).unwrap();
    let paths = api["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|methods| methods.as_object().unwrap().values());
    let operations = operations.map(|operation| operation["operationId"].as_str().unwrap());
    assert_eq!(operations.map(str::to_owned).collect::<BTreeSet<_>>(), tried);
}
