pub mod detail;
pub mod list;
pub mod new;

mod record;
mod state;
