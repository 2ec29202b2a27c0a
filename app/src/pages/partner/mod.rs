pub mod new_offer;
pub mod offer;
pub mod overview;
