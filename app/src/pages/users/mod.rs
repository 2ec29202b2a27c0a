pub mod detail;
pub mod list;
pub mod new;

mod licenses;
mod profile;
mod settings;
mod shown_once;
