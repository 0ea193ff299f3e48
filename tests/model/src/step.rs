//! What can happen, as numbers: each is taken modulo what there is, so that every one means something
//! and a history can be shortened anywhere.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

/// One step of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What is done.
    pub(crate) what: u8,
    /// By whom.
    pub(crate) who: u8,
    /// With which case.
    pub(crate) case: u8,
    /// To whom.
    pub(crate) whom: u8,
    /// How.
    pub(crate) how: u8,
    /// Who looks afterwards.
    pub(crate) looks: u8,
}

/// A history of up to so many steps.
pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let numbers = any::<[u8; 6]>();
    let step = numbers.prop_map(|[what, who, case, whom, how, looks]| Step {
        what,
        who,
        case,
        whom,
        how,
        looks,
    });
    vec(step, 1..=most)
}
