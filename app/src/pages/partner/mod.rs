pub mod batch;
pub mod bulk;
pub mod new_offer;
pub mod offer;
pub mod overview;
pub mod templates;

mod terms;
