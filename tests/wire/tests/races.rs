//! Changes that run into each other end as if one had come after the other.

use wire::Sent;
use wire::race::{Race, Raced, without_condition};
use wire::races::{
    Start, lock_against_share, put_against_put, put_against_put_of_others, revoke_against_accept,
};
use wire::schedule::Schedule;

/// Of what is left, the shares and the history are looked at here; the long run has more, and all
/// races.
async fn run(start: Start, schedule: Schedule) -> Raced {
    let race = Race { looks: start.race.looks.into_iter().take(2).collect(), ..start.race };
    race.run(&start.world, schedule).await
}

fn ends_well(raced: &Raced) {
    let serial = &raced.serial;
    assert_eq!((raced.lost(), raced.halves), (0, 0), "{:?}\n{serial:#?}", raced.first);
    assert!(raced.runs > 1);
}

/// A share that is read by key, before the list of all, is not another one than in the list: the
/// second PUT was answered with 500.
#[tokio::test]
async fn two_whole_lists_are_one_after_the_other() {
    ends_well(&run(put_against_put().await, Schedule::reduced()).await);
}

#[tokio::test]
async fn what_is_revoked_is_not_accepted() {
    ends_well(&run(revoke_against_accept().await, Schedule::sampled(5)).await);
}

async fn bent(mut start: Start, bend: fn(&mut Sent)) -> Raced {
    start.race.bend = bend;
    run(start, Schedule::reduced().until_broken()).await
}

/// Two things hold it: the head's version, and the event that is there already.
#[tokio::test]
async fn a_write_without_the_heads_version_is_noticed() {
    let open = bent(put_against_put_of_others().await, |sent| {
        without_condition(sent, |_, sk| sk == "A#" || sk.starts_with("E#A#"));
    })
    .await;

    assert!(open.lost() + open.halves > 0, "nothing holds");
}

#[tokio::test]
async fn a_write_without_the_actors_version_is_noticed() {
    let raced = bent(lock_against_share().await, |sent| {
        without_condition(sent, |pk, sk| pk.starts_with("USER#") && sk == "@");
    })
    .await;

    assert!(raced.lost() > 0, "shared after the lock, by the locked");
}
