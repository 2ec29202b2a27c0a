use leptos::prelude::*;

/// A drawing beside a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    Alert,
    Back,
    Check,
    Clock,
    Copy,
    Down,
    Info,
    Mail,
    Menu,
    Plus,
    Search,
    SortDown,
    SortUp,
    Verified,
}

impl Glyph {
    const fn paths(self) -> &'static str {
        match self {
            Self::Alert => r#"<path d="M12 4.5 20.5 19h-17z"/><path d="M12 10v4.25m0 2.25v.01"/>"#,
            Self::Back => r#"<path d="M19 12H5m6-6-6 6 6 6"/>"#,
            Self::Check => r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>"#,
            Self::Copy => {
                r#"<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M15.5 8.5v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2"/>"#
            }
            Self::Down => r#"<path d="m6 9.5 6 6 6-6"/>"#,
            Self::Info => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5m0-8v.01"/>"#,
            Self::Mail => r#"<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="m4 7.5 8 5.5 8-5.5"/>"#,
            Self::Menu => r#"<path d="M4 7h16M4 12h16M4 17h16"/>"#,
            Self::Plus => r#"<path d="M12 5v14M5 12h14"/>"#,
            Self::Search => r#"<circle cx="11" cy="11" r="6.25"/><path d="m15.75 15.75 4 4"/>"#,
            Self::SortDown => r#"<path d="M12 5v14m-5-5 5 5 5-5"/>"#,
            Self::SortUp => r#"<path d="M12 19V5m-5 5 5-5 5 5"/>"#,
            Self::Verified => {
                r#"<path d="M12 3.5 19 6v5.5c0 4.3-2.8 7.4-7 9-4.2-1.6-7-4.7-7-9V6z"/><path d="m8.75 12 2.25 2.25L15.25 10"/>"#
            }
        }
    }
}

#[component]
pub fn Icon(glyph: Glyph, #[prop(optional)] small: bool) -> impl IntoView {
    let class = if small { "icon icon-s" } else { "icon" };
    view! { <svg class=class viewBox="0 0 24 24" aria-hidden="true" inner_html=glyph.paths()></svg> }
}
