//! The chapters, in their order.

mod by_hand;
mod colleagues;
mod ending;
mod externals;
mod groups;
mod leaving;
mod lists;
mod material;
mod orgs;
mod outsiders;
mod restricted;

use super::DemoError;
use super::people::People;
use super::story::{Story, say};
use crate::import::Batch;

/// Tells the whole story.
pub(super) async fn tell(mut story: Story, material: Batch) -> Result<(), DemoError> {
    let people = People::sign_in(&story).await?;
    let story = &mut story;
    orgs::tell(story, &people).await?;
    let group = groups::tell(story, &people).await?;
    let cases = material::tell(story, &people, material).await?;
    by_hand::tell(story, &people).await?;
    colleagues::tell(story, &people, &cases).await?;
    groups::share(story, &people, &cases, &group).await?;
    let share = outsiders::tell(story, &people, &cases).await?;
    outsiders::levels(story, &people, &cases, &share).await?;
    externals::tell(story, &people, &cases).await?;
    restricted::tell(story, &people, &cases, &group).await?;
    lists::tell(story, &people, &cases, &group).await?;
    lists::failing(story, &people, &cases).await?;
    leaving::tell(story, &people, &cases, &share).await?;
    ending::tell(story, &people, &cases).await?;
    ending::history(story, &people, &cases).await?;
    sum_up(story)
}

/// The last line.
fn sum_up(story: &Story) -> Result<(), DemoError> {
    let (steps, bad) = (story.steps(), story.bad());
    say("")?;
    if bad.is_empty() {
        say(&format!("{steps} steps, all as they must be"))?;
        return Ok(());
    }
    let which = bad.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(DemoError::NotAsTheyMust { bad: bad.len(), steps, which })
}
