//! Semantic HTML that pages are made of.

pub mod asking;
pub mod band;
pub mod copy_button;
pub mod dialog;
pub mod error_page;
pub mod focus;
pub mod form;
pub mod frame;
pub mod icon;
pub mod live;
pub mod loaded;
pub mod navigation;
pub mod notice;
pub mod pager;
pub mod search;
pub mod secret;
pub mod status;
pub mod strength;
