//! Who may what, printed into `docs/permissions.md`. Where the two differ, either the change is meant, and
//! `UPDATE_DOCS=1` writes it down to be reviewed, or it is not.

use std::{fmt::Write, fs, path::Path};

use mandate_domain::{
    Action, Actor, Authority, DelegatedAdministration, Permission, PermissionSet, Refusal, Role, RoleSet,
    effective_permissions, permits,
};

use crate::everybody::{OTHER, ROLES, SELF, actor, subject};

const INTRODUCTION: &str = "\
# Who may what

Printed by the test `table` of the crate `mandate-domain`, which fails where this differs from what the program decides.
`UPDATE_DOCS=1 cargo test -p mandate-domain` writes it anew.
";

const LEGEND: &str = "\
## Actions

*yes*, or why not:

| word | means |
| --- | --- |
| no | the role does not hold the permission |
| ladder | the other person may do more, or would |
| company | only the company’s own people may, whatever a grant says |
| setting | the person’s setting of delegated administration is *No* |

Whoever has to change a temporary password may do none of these, and in a company without a grant they answer as what
does not exist.
";

fn name(role: Option<Role>) -> &'static str {
    role.map_or("No role", Role::name)
}

fn row(text: &mut String, cells: impl IntoIterator<Item = impl AsRef<str>>) {
    for cell in cells {
        write!(text, "| {} ", cell.as_ref()).unwrap();
    }
    text.push_str("|\n");
}

fn head(text: &mut String, cells: &[&str]) {
    row(text, cells);
    row(text, cells.iter().map(|_| "---"));
}

fn keys(permissions: PermissionSet) -> String {
    let held = Permission::ALL.into_iter().filter(|permission| permissions.contains(*permission));
    let keys: Vec<_> = held.map(|permission| format!("`{}`", permission.key())).collect();
    if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") }
}

fn roles(text: &mut String) {
    text.push_str("\n## Roles\n\nIn one’s own company. What only a partner can use, a customer’s administrator has no use for.\n\n");
    let names = ROLES.map(name);
    head(text, &[&["permission"], names.as_slice()].concat());
    for permission in Permission::ALL {
        let held = ROLES.map(|role| role.is_some_and(|role| role.permissions().contains(permission)));
        let cells = held.map(|held| if held { "yes" } else { "" }.to_owned());
        row(text, std::iter::once(format!("`{}`", permission.key())).chain(cells));
    }
}

fn settings(text: &mut String) {
    text.push_str(
        "\n## On behalf of a customer\n\nWhat a role of the grant leaves to a partner’s user of each setting.\n\n",
    );
    let settings = DelegatedAdministration::ALL.map(DelegatedAdministration::name);
    head(text, &[&["role of the grant"], settings.as_slice()].concat());
    for role in Role::ALL {
        let authority = Authority::Grant(RoleSet::default().with(role));
        let held = DelegatedAdministration::ALL
            .map(|setting| keys(effective_permissions(&actor(true, None, setting), authority)));
        row(text, std::iter::once(role.name().to_owned()).chain(held));
    }
}

/// Every action, with what tells it apart.
fn actions() -> Vec<(String, Action)> {
    let no = DelegatedAdministration::No;
    let lower = |role| name(role).to_lowercase();
    let mut actions = vec![
        ("read users".to_owned(), Action::ReadUsers),
        ("read a user".to_owned(), Action::ReadUser(OTHER)),
        ("read themselves".to_owned(), Action::ReadUser(SELF)),
        ("change their own profile".to_owned(), Action::UpdateOwnProfile(SELF)),
        ("change another’s profile as their own".to_owned(), Action::UpdateOwnProfile(OTHER)),
    ];
    actions.extend(ROLES.map(|role| (format!("add a user: {}", lower(role)), Action::CreateUser { role })));
    for role in ROLES {
        let update = Action::UpdateUser { subject: subject(role, no), role_after: role };
        actions.push((format!("change a user: {}", lower(role)), update));
    }
    for role_after in Role::ALL.map(Some) {
        let update = Action::UpdateUser { subject: subject(None, no), role_after };
        actions.push((format!("make a user without a role {}", lower(role_after)), update));
    }
    let reset = |role| (format!("reset a password: {}", lower(role)), Action::ResetPassword(subject(role, no)));
    let block = |role| (format!("block a user: {}", lower(role)), Action::BlockUser(subject(role, no)));
    actions.extend(ROLES.map(reset));
    actions.extend(ROLES.map(block));
    for setting in [DelegatedAdministration::Limited, DelegatedAdministration::Full] {
        let of = format!("of a user with {}", setting.name().to_lowercase());
        let subject = subject(None, setting);
        actions.push((format!("change the profile {of}"), Action::UpdateUser { subject, role_after: None }));
        actions.push((format!("reset the password {of}"), Action::ResetPassword(subject)));
        actions.push((format!("block the account {of}"), Action::BlockUser(subject)));
    }
    actions.extend([
        ("read domains".to_owned(), Action::ReadDomains),
        ("manage domains".to_owned(), Action::ManageDomains),
        ("read all activity".to_owned(), Action::ReadActivity),
        ("read what their own company’s people did".to_owned(), Action::ReadOwnActivity),
        ("send and withdraw offers".to_owned(), Action::ManageOffers),
        ("authorize and decline offers".to_owned(), Action::DecideConsent),
        ("see and end partner relationships".to_owned(), Action::ManageRelationships),
        ("assign delegated administration".to_owned(), Action::AssignDelegation),
        ("read subscriptions".to_owned(), Action::ReadSubscriptions),
        ("assign and remove licenses".to_owned(), Action::AssignLicense),
        ("cancel and change subscriptions".to_owned(), Action::ManageSubscriptions),
    ]);
    actions
}

fn word(decision: Result<(), Refusal>) -> &'static str {
    match decision {
        Ok(()) => "yes",
        Err(Refusal::Forbidden) => "no",
        Err(Refusal::Ladder) => "ladder",
        Err(Refusal::CompanyOnly) => "company",
        Err(Refusal::NotDelegated) => "setting",
        Err(refusal @ (Refusal::Unknown | Refusal::MustChangePassword)) => {
            panic!("{refusal:?} is no word of this table")
        }
    }
}

fn decisions(text: &mut String, title: &str, actors: &[(&str, Actor, Authority)]) {
    write!(text, "\n### {title}\n\n").unwrap();
    let names: Vec<_> = actors.iter().map(|(name, ..)| *name).collect();
    head(text, &[&["may"], names.as_slice()].concat());
    for (what, action) in actions() {
        let words = actors.iter().map(|(_, actor, authority)| word(permits(actor, *authority, action)));
        row(text, std::iter::once(what.as_str()).chain(words));
    }
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    roles(&mut text);
    settings(&mut text);
    write!(text, "\n{LEGEND}").unwrap();

    let own = |partner, setting| ROLES.map(|role| (name(role), actor(partner, role, setting), Authority::Own));
    decisions(&mut text, "In one’s own company, a customer", &own(false, DelegatedAdministration::No));
    for setting in DelegatedAdministration::ALL {
        let title = format!("In one’s own company, a partner, with the setting *{}*", setting.name());
        decisions(&mut text, &title, &own(true, setting));
    }
    for setting in DelegatedAdministration::ALL {
        let title = format!("On behalf of a customer, with the setting *{}*, by a grant’s role", setting.name());
        let by = |roles| Authority::Grant(roles);
        let mut actors: Vec<_> =
            Role::ALL.map(|role| (role.name(), actor(true, None, setting), by(RoleSet::default().with(role)))).into();
        actors.push((
            "All that an offer can ask for",
            actor(true, None, setting),
            by(Role::OFFERED.into_iter().collect()),
        ));
        decisions(&mut text, &title, &actors);
    }
    text
}

#[test]
fn the_documentation_says_what_is_decided() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let now = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let written = fs::read_to_string(&path).expect("docs/permissions.md");
    for (line, (written, now)) in written.lines().zip(now.lines()).enumerate() {
        assert_eq!(written, now, "line {} of docs/permissions.md; UPDATE_DOCS=1 writes it anew", line + 1);
    }
    assert_eq!(written, now, "docs/permissions.md is longer or shorter; UPDATE_DOCS=1 writes it anew");
}
