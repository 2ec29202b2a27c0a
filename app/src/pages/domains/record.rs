use leptos::prelude::*;

use crate::{api::domains::RecordView, components::copy_button::CopyButton};

/// The record to create, part by part, each with where it is entered.
#[component]
pub fn Record(record: RecordView) -> impl IntoView {
    let lines = lines(record).into_iter().map(|line| {
        view! {
            <div class="copyable">
                <dt>{line.title}</dt>
                <dd class="value mono">{line.value.clone()}</dd>
                {line.entry.map(|entry| view! { <dd class="entry hint">{entry}</dd> })}
                <dd>
                    <CopyButton label=line.label text=Signal::stored(line.value) class="quiet small"/>
                </dd>
            </div>
        }
    });
    view! { <dl>{lines.collect_view()}</dl> }
}

/// A part of the record.
struct Line {
    title: &'static str,
    label: &'static str,
    value: String,
    /// Where it is entered, and what to mind there.
    entry: Option<String>,
}

/// In the order in which a form asks: the name as the provider takes it before the one that is only to compare.
fn lines(record: RecordView) -> Vec<Line> {
    let RecordView { name, before_zone, zone, value, ttl, host } = record;
    let line = |title, label, value, entry| Line { title, label, value, entry };
    let (whole_entry, before_entry, value_entry) = match &host {
        Some(host) => {
            let field = format!("Goes into the field “{}”.", host.host_word);
            let before = if host.takes_whole_name {
                format!("{field} {} takes the whole name too.", host.name)
            } else {
                format!("{field} {} adds .{zone} by itself.", host.name)
            };
            let hint = host.hint.as_ref().map(|hint| format!(" {hint}")).unwrap_or_default();
            let value = format!("Goes into the field “{}”.{hint}", host.value_word);
            ("The whole name, to compare once the record is there.".to_owned(), before, value)
        }
        None => (
            "For a form that takes the whole name.".to_owned(),
            format!("For a form that adds .{zone} by itself, as most do. Its field is called host, name or subdomain."),
            "Its field is called value, content, data or answer.".to_owned(),
        ),
    };
    let whole = line("Name", "Copy name", name, before_zone.is_some().then_some(whole_entry));
    let before = before_zone.map(|before| line("Host", "Copy host", before, Some(before_entry)));
    let mut lines = if host.is_some() {
        before.into_iter().chain([whole]).collect::<Vec<_>>()
    } else {
        [whole].into_iter().chain(before).collect()
    };
    let ttl_entry = "In seconds: an hour. What the form has at first will do too.";
    lines.extend([
        line("Type", "Copy type", "TXT".to_owned(), None),
        line("Value", "Copy value", value, Some(value_entry)),
        line("TTL", "Copy TTL", ttl.to_string(), Some(ttl_entry.to_owned())),
    ]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::domains::HostView;

    fn record(host: Option<HostView>) -> RecordView {
        RecordView {
            name: "_mandate-challenge.contoso.example".to_owned(),
            before_zone: Some("_mandate-challenge".to_owned()),
            zone: "contoso.example".to_owned(),
            value: "mandate=abc".to_owned(),
            ttl: 3600,
            host,
        }
    }

    fn host(takes_whole_name: bool) -> HostView {
        HostView {
            name: "GoDaddy".to_owned(),
            host_word: "Name".to_owned(),
            value_word: "Data".to_owned(),
            takes_whole_name,
            hint: Some("Mind it.".to_owned()),
        }
    }

    fn entry(lines: &[Line], label: &str) -> String {
        let line = lines.iter().find(|line| line.label == label);
        line.and_then(|line| line.entry.clone()).unwrap_or_default()
    }

    #[test]
    fn a_known_provider_is_spoken_of_in_its_own_words() {
        let known = lines(record(Some(host(false))));
        let order: Vec<_> = known.iter().map(|line| line.title).collect();
        assert_eq!(order, ["Host", "Name", "Type", "Value", "TTL"]);
        assert_eq!(entry(&known, "Copy host"), "Goes into the field “Name”. GoDaddy adds .contoso.example by itself.");
        assert_eq!(entry(&known, "Copy value"), "Goes into the field “Data”. Mind it.");
        assert!(entry(&lines(record(Some(host(true)))), "Copy host").ends_with("GoDaddy takes the whole name too."));
    }

    #[test]
    fn for_an_unknown_one_both_forms_are_explained() {
        let unknown = lines(record(None));
        let order: Vec<_> = unknown.iter().map(|line| line.title).collect();
        assert_eq!(order, ["Name", "Host", "Type", "Value", "TTL"]);
        assert!(entry(&unknown, "Copy name").contains("takes the whole name"));
        assert!(entry(&unknown, "Copy host").contains("adds .contoso.example by itself"));
        let whole = lines(RecordView { before_zone: None, ..record(None) });
        assert!(whole.iter().all(|line| line.title != "Host"));
    }
}
