//! `/v1/cases`, `/v1/cases/search`, `/v1/cases/{case}` and below it `/close`, `/reopen`, `/owner`,
//! `/merge`, `/rules`, `/favourite`; `/v1/me/filter`.

mod change;
mod create;
mod delete;
mod favourite;
mod list;
mod matching;
mod merge;
mod owner;
mod partners;
mod read;
mod recent;
mod rules;
mod saved;
mod search;
mod status;
mod view;

use shared::routes;
use shared::routes::Routes;

/// What the function answers.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list::list_cases, create::create_case))
        .routes(routes!(search::search_cases))
        .routes(routes!(read::read_case, change::change_case, delete::delete_case))
        .routes(routes!(status::close_case))
        .routes(routes!(status::reopen_case))
        .routes(routes!(owner::change_owner))
        .routes(routes!(merge::merge_case))
        .routes(routes!(rules::set_rules))
        .routes(routes!(saved::read_saved_filter, saved::save_filter, saved::forget_filter))
        .routes(routes!(favourite::add_favourite, favourite::remove_favourite))
}
