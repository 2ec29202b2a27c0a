//! *No ladder*: nobody reaches through another's account what they may not do themselves. There are few enough cases to
//! try them all.

use mandate_domain::{
    Action, Actor, Authority, DelegatedAdministration, Permission, PermissionSet, Refusal, Role, Subject,
    effective_permissions, permits,
};

use crate::everybody::{OTHER, ROLES, SELF, actions, actor, actors, changes_to, everybody, grants, subject, subjects};

/// What somebody with this role and setting may do in their own company.
fn powers(company_is_partner: bool, role: Option<Role>, delegation: DelegatedAdministration) -> PermissionSet {
    effective_permissions(&actor(company_is_partner, role, delegation), Authority::Own)
}

/// Whether the company that is acted in can be a partner.
fn companies(actor_is_of_partner: bool, authority: Authority) -> &'static [bool] {
    match (authority, actor_is_of_partner) {
        (Authority::Own, false) => &[false],
        (Authority::Own, true) => &[true],
        _ => &[false, true],
    }
}

#[test]
fn whom_one_can_make_change_reset_or_block_may_not_do_more() {
    for (actor, authority) in everybody() {
        let held = effective_permissions(&actor, authority);
        for &partner in companies(actor.company_is_partner, authority) {
            let within = |role, delegation| powers(partner, role, delegation).is_subset_of(held);
            for role in ROLES {
                if permits(&actor, authority, Action::CreateUser { role }).is_ok() {
                    assert!(within(role, DelegatedAdministration::No), "{actor:?} {authority:?} makes {role:?}");
                }
            }
            for subject in subjects() {
                for action in changes_to(subject) {
                    if permits(&actor, authority, action).is_err() {
                        continue;
                    }
                    assert!(within(subject.role, subject.delegation), "{actor:?} {authority:?} {action:?}");
                    if let Action::UpdateUser { role_after, .. } = action {
                        assert!(within(role_after, subject.delegation), "{actor:?} {authority:?} {action:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn whoever_may_act_for_customers_is_changed_only_by_who_may_assign_that() {
    for (actor, authority) in everybody() {
        let may_assign = permits(&actor, authority, Action::AssignDelegation).is_ok();
        for subject in subjects().filter(|subject| subject.delegation != DelegatedAdministration::No) {
            for action in changes_to(subject) {
                let done = permits(&actor, authority, action).is_ok();
                assert!(!done || may_assign, "{actor:?} {authority:?} {action:?}");
            }
        }
    }
}

#[test]
fn nobody_raises_themselves() {
    for (actor, authority) in everybody().filter(|(_, authority)| *authority == Authority::Own) {
        let own = Subject { user: SELF, role: actor.role, delegation: actor.delegation };
        for role_after in ROLES {
            if permits(&actor, authority, Action::UpdateUser { subject: own, role_after }).is_ok() {
                let after = powers(actor.company_is_partner, role_after, actor.delegation);
                assert!(after.is_subset_of(effective_permissions(&actor, authority)), "{actor:?} {role_after:?}");
            }
        }
    }
}

#[test]
fn on_behalf_never_a_global_administrator_nor_who_may_act_for_customers() {
    let global = Some(Role::GlobalAdministrator);
    for actor in actors() {
        for authority in grants() {
            let never =
                |action| assert!(permits(&actor, authority, action).is_err(), "{actor:?} {authority:?} {action:?}");
            never(Action::CreateUser { role: global });
            for subject in subjects() {
                never(Action::UpdateUser { subject, role_after: global });
                if subject.role == global || subject.delegation != DelegatedAdministration::No {
                    changes_to(subject).for_each(never);
                }
            }
        }
    }
}

#[test]
fn on_behalf_both_the_grant_and_the_setting_are_the_most_and_nothing_is_the_companys_alone() {
    for actor in actors() {
        for authority in grants() {
            let Authority::Grant(roles) = authority else { panic!("a grant") };
            let held = effective_permissions(&actor, authority);
            assert!(held.is_subset_of(roles.permissions()));
            assert!(held.is_subset_of(actor.delegation.ceiling()));
            assert!(held.intersection(Permission::COMPANY_ONLY).is_empty());
            for action in [
                Action::ManageOffers,
                Action::DecideConsent,
                Action::ManageRelationships,
                Action::AssignDelegation,
                Action::ManageSubscriptions,
            ] {
                let refusal = permits(&actor, authority, action).unwrap_err();
                assert!(matches!(refusal, Refusal::CompanyOnly | Refusal::NotDelegated), "{refusal:?}");
            }
            // One's rights at home count for nothing elsewhere.
            let elsewhere = Actor { role: None, company_is_partner: true, ..actor };
            assert_eq!(held, effective_permissions(&elsewhere, authority));
        }
    }
}

#[test]
fn limited_administration_reads_and_resets_users_without_a_role() {
    let plain = Action::ResetPassword(subject(None, DelegatedAdministration::No));
    let most = [
        Action::ReadUsers,
        Action::ReadUser(OTHER),
        Action::ReadUser(SELF),
        Action::ReadDomains,
        Action::ReadActivity,
        Action::ReadOwnActivity,
        Action::ReadSubscriptions,
        plain,
    ];
    for actor in actors() {
        for authority in grants() {
            for action in actions().filter(|action| permits(&actor, authority, *action).is_ok()) {
                match actor.delegation {
                    DelegatedAdministration::No => panic!("{authority:?} {action:?}"),
                    DelegatedAdministration::Limited => assert!(most.contains(&action), "{authority:?} {action:?}"),
                    DelegatedAdministration::Full => {}
                }
            }
        }
    }
}

#[test]
fn a_higher_setting_never_takes_away() {
    for authority in grants() {
        for role in ROLES {
            let [no, limited, full] = DelegatedAdministration::ALL
                .map(|setting| effective_permissions(&actor(true, role, setting), authority));
            assert!(no.is_empty() && limited.is_subset_of(full));
        }
    }
}

#[test]
fn a_stranger_and_who_must_change_the_password_do_nothing() {
    for actor in actors() {
        let waiting = Actor { must_change_password: true, ..actor };
        for action in actions() {
            for who in [actor, waiting] {
                assert_eq!(permits(&who, Authority::None, action), Err(Refusal::Unknown));
            }
            assert_eq!(permits(&waiting, Authority::Own, action), Err(Refusal::MustChangePassword));
            for authority in grants() {
                assert_eq!(permits(&waiting, authority, action), Err(Refusal::MustChangePassword));
            }
        }
        assert!(effective_permissions(&actor, Authority::None).is_empty());
    }
}

#[test]
fn a_license_administrator_gives_licenses_and_changes_nobody() {
    let license = Some(Role::LicenseAdministrator);
    let actor = actor(false, license, DelegatedAdministration::No);
    for action in [Action::ReadUsers, Action::ReadSubscriptions, Action::AssignLicense] {
        assert_eq!(permits(&actor, Authority::Own, action), Ok(()), "{action:?}");
    }
    for action in subjects().flat_map(changes_to) {
        assert_eq!(permits(&actor, Authority::Own, action), Err(Refusal::Forbidden), "{action:?}");
    }
    for action in [Action::ManageSubscriptions, Action::ReadDomains, Action::ReadActivity, Action::DecideConsent] {
        assert_eq!(permits(&actor, Authority::Own, action), Err(Refusal::Forbidden), "{action:?}");
    }
}
