//! Every order in which held requests can be let through, one after the other.
//!
//! Stateless search: each run begins anew, follows a prefix of choices and then takes the first
//! one; behind it the last choice that has another is changed. With `reduced`, orders that differ
//! only in reads that change places are run once (sleep sets; Godefroid, "Partial-Order Methods for
//! the Verification of Concurrent Systems", 1996): reads do not change what others read.
//!
//! `sampled` runs some orders instead: at each point what goes on is drawn, always in the same way.

use std::fmt;

/// One thing that can happen next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Whose request it is.
    pub actor: usize,
    /// Which of their requests, or which alternative.
    pub number: usize,
    /// Whether it changes what others read.
    pub writes: bool,
    /// What a person calls it.
    pub name: String,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

struct Node {
    chosen: Step,
    /// What was tried here before.
    done: Vec<Step>,
    /// What need not be tried here: another order of the same was run.
    asleep: Vec<Step>,
    /// What could happen here.
    options: Vec<Step>,
}

impl Node {
    fn next(&self) -> Option<Step> {
        let tried = |step: &&Step| !self.done.contains(step) && !self.asleep.contains(step);
        self.options.iter().find(tried).cloned()
    }
}

struct Sample {
    left: usize,
    state: u64,
}

impl Sample {
    /// A number below `below`. Source: Steele et al., "Fast splittable pseudorandom number
    /// generators", 2014.
    fn draw(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.state;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = usize::try_from((drawn ^ (drawn >> 31)) >> 33).unwrap_or(0);
        drawn % below.max(1)
    }
}

/// The search.
#[derive(Default)]
pub struct Schedule {
    reduced: bool,
    sample: Option<Sample>,
    until_broken: bool,
    path: Vec<Node>,
    at: usize,
    /// How many orders were run to their end.
    pub runs: usize,
}

impl Schedule {
    /// All orders.
    #[must_use]
    pub fn every() -> Self {
        Self::default()
    }

    /// All orders that can differ in what they lead to.
    #[must_use]
    pub fn reduced() -> Self {
        Self { reduced: true, ..Self::default() }
    }

    /// So many orders, drawn from all in the same way each time. One can come twice.
    #[must_use]
    pub fn sampled(orders: usize) -> Self {
        Self { sample: Some(Sample { left: orders, state: 0 }), ..Self::default() }
    }

    /// The same, but no further than to the first order that breaks something.
    #[must_use]
    pub fn until_broken(self) -> Self {
        Self { until_broken: true, ..self }
    }

    /// What happens next, of `options`; `None` if this order was run in another guise.
    ///
    /// # Panics
    ///
    /// If a run does not repeat what it did before under the same choices.
    pub fn choose(&mut self, options: &[Step]) -> Option<Step> {
        if let Some(node) = self.path.get(self.at) {
            assert_eq!(node.options, options, "a run that repeats itself");
            self.at += 1;
            return Some(node.chosen.clone());
        }
        let asleep = match self.path.last() {
            Some(before) if self.reduced => {
                let quiet = |step: &&Step| !step.writes && !before.chosen.writes;
                before.asleep.iter().chain(&before.done).filter(quiet).cloned().collect()
            }
            _ => Vec::new(),
        };
        let options = options.to_vec();
        if let Some(sample) = &mut self.sample {
            let chosen = options.get(sample.draw(options.len()))?.clone();
            self.path.push(Node {
                chosen: chosen.clone(),
                done: Vec::new(),
                asleep: Vec::new(),
                options,
            });
            self.at += 1;
            return Some(chosen);
        }
        let chosen = options.iter().find(|step| !asleep.contains(step)).cloned()?;
        self.path.push(Node { chosen: chosen.clone(), done: Vec::new(), asleep, options });
        self.at += 1;
        Some(chosen)
    }

    /// What this run has chosen so far.
    #[must_use]
    pub fn story(&self) -> String {
        let names: Vec<_> =
            self.path.iter().take(self.at).map(|node| node.chosen.name.as_str()).collect();
        names.join(" · ")
    }

    /// Goes on to the next order; `false` after the last, or if something is `broken` and that was
    /// to be seen.
    pub fn advance(&mut self, broken: bool) -> bool {
        self.at = 0;
        if broken && self.until_broken {
            return false;
        }
        if let Some(sample) = &mut self.sample {
            self.path.clear();
            sample.left = sample.left.saturating_sub(1);
            return sample.left > 0;
        }
        while let Some(mut node) = self.path.pop() {
            node.done.push(node.chosen.clone());
            if let Some(next) = node.next() {
                node.chosen = next;
                self.path.push(node);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All orders of `a` reads and `b` writes of two actors, each by itself in order.
    fn orders(mut schedule: Schedule, reads: usize, writes: usize) -> usize {
        loop {
            let (mut left, mut complete) = ([reads, writes], true);
            while left != [0, 0] {
                let step = |actor: usize| Step {
                    actor,
                    number: left[actor],
                    writes: actor == 1,
                    name: String::new(),
                };
                let options: Vec<_> =
                    [0, 1].into_iter().filter(|&a| left[a] > 0).map(step).collect();
                let Some(chosen) = schedule.choose(&options) else {
                    complete = false;
                    break;
                };
                left[chosen.actor] -= 1;
            }
            schedule.runs += usize::from(complete);
            if !schedule.advance(false) {
                return schedule.runs;
            }
        }
    }

    #[test]
    fn every_order_is_run_once() {
        assert_eq!(orders(Schedule::every(), 2, 2), 6);
        assert_eq!(orders(Schedule::every(), 4, 3), 35);
        assert_eq!(orders(Schedule::reduced(), 4, 3), 35, "each differs");
    }

    #[test]
    fn a_sample_is_drawn_the_same_way_each_time() {
        let drawn = || {
            let mut sample = Sample { left: 0, state: 0 };
            (0..50).map(|_| sample.draw(3)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(), drawn());
        assert!((0..3).all(|one| drawn().contains(&one)));
        assert_eq!(orders(Schedule::sampled(7), 4, 3), 7);
    }

    #[test]
    fn reads_that_change_places_are_run_once() {
        let mut schedule = Schedule::reduced();
        let step = |actor, writes| Step { actor, number: 0, writes, name: String::new() };
        let all = [step(0, false), step(1, false), step(2, false), step(3, true)];
        loop {
            let mut left = all.to_vec();
            let mut complete = true;
            while !left.is_empty() {
                let Some(chosen) = schedule.choose(&left) else {
                    complete = false;
                    break;
                };
                left.retain(|step| *step != chosen);
            }
            schedule.runs += usize::from(complete);
            if !schedule.advance(false) {
                break;
            }
        }
        assert_eq!(schedule.runs, 8, "each of three reads before or after the write");
    }
}
