pub mod detail;
pub mod list;
pub mod new;

mod ask;
mod profile;
mod settings;
mod shown_once;
