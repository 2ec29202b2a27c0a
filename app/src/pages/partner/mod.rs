pub mod batch;
pub mod bulk;
pub mod new_offer;
pub mod new_purchase;
pub mod new_trial;
pub mod offer;
pub mod overview;
pub mod sales;
pub mod templates;

mod sale_lines;
mod terms;
