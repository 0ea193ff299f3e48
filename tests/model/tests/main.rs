//! Random histories, a few of them and the same each time: `cargo run -p model --bin histories` plays
//! as many as one likes.

#[test]
fn the_service_answers_as_the_model_does() {
    model::histories(12, 60, 1).unwrap();
}
