pub mod assign;
pub mod detail;
pub mod list;

pub(super) mod state;
