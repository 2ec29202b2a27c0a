//! With a temporary password nothing works but changing it, and signing out.

use std::sync::Arc;

use mandate_domain::{
    CompanyId, DelegatedAdministration, DisplayName, DomainId, DomainName, LocalPart, Refusal, Role, UserId,
};
use mandate_service::{
    Principal, Result,
    overview::OfferSort,
    profile::ProfileChange,
    relationships::KnownPassword,
    users::{NewUser, UserChange},
};
use mandate_store::users::Sort;

use crate::{
    outcome::refused,
    state::{NEW_PASSWORD, State, first_offers, first_page, new_offer},
};

on_both_engines!(nothing_works_before_it_is_changed);

async fn nothing_works_before_it_is_changed(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let pia = state.who("pia@tailspin.example").await;
    state.grant(&ana, &mia, &Role::OFFERED).await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let theirs = state.offer(&pia, "Theirs", &[Role::DirectoryReader]).await;
    let gus = state.insert_user(&ana.user, "gus", Some(Role::GlobalAdministrator), DelegatedAdministration::Full).await;
    let temporary = state.service.reset_password(&ana, ana.company.id, gus.id).await.unwrap();
    let session = state.sign_in(&gus.user_name, &temporary.password).await;
    let gus = state.holder(&session).await;
    assert!(gus.user.must_change_password);

    let kim = state.user("kim@fabrikam.example").await.id;
    let tom = state.user("tom@contoso.example").await;
    let (service, own) = (&state.service, gus.company.id);
    let mut results: Vec<Result<()>> = vec![
        service.overview(&gus, "", &first_page(10), &first_offers(10)).await.map(drop),
        service.create_offer(&gus, &new_offer("By Gus", &[Role::DirectoryReader])).await.map(drop),
        service.offer(&gus, sent.id).await.map(drop),
        service.renew_offer_url(&gus, sent.id).await,
        service.withdraw_offer(&gus, sent.id).await,
        service.resend_offer(&gus, sent.id).await,
        service.offers_file(&gus, None, OfferSort::Made).await.map(drop),
        service.offer_templates(&gus).await.map(drop),
        service.choose_default_template(&gus, None).await,
        service.new_batch(&gus).map(drop),
        service.consent(Some(&gus), &theirs.token).await.map(drop),
        service.consent(Some(&gus), &sent.token).await.map(drop),
        service.authorize(&gus, &theirs.token).await.map(drop),
        service.decline(&gus, &theirs.token, None).await,
        service.relationships(&gus).await.map(drop),
        service.remove_partner(&gus, pia.company.id, KnownPassword::Reset, &[kim], &[]).await.map(drop),
        service.assign_delegation(&gus, kim, DelegatedAdministration::Full).await,
        service.change_own_profile(&gus, &ProfileChange::parse("Gus", "en-US").unwrap()).await,
        service.user(&gus, own, gus.user.id).await.map(drop),
    ];
    results.extend(in_company(&state, &gus, own, kim, gus.user.domain_id).await);
    results.push(service.place(&gus, mia.company.id).await.map(drop));
    results.extend(in_company(&state, &gus, mia.company.id, tom.id, tom.domain_id).await);
    for (index, result) in results.into_iter().enumerate() {
        assert!(result.is_err(), "number {index} was done");
        refused(result, Refusal::MustChangePassword);
    }

    service.change_password(&gus, None, NEW_PASSWORD.to_owned()).await.unwrap();
    let gus = state.holder(&session).await;
    service.overview(&gus, "", &first_page(10), &first_offers(10)).await.unwrap();
    service.place(&gus, mia.company.id).await.unwrap();
    service.sign_out(&gus).await.unwrap();
}

/// What is done in the own company and on behalf alike.
async fn in_company(
    state: &State,
    who: &Principal,
    company: CompanyId,
    user: UserId,
    domain: DomainId,
) -> Vec<Result<()>> {
    let service = &state.service;
    let new = NewUser {
        first_name: None,
        last_name: None,
        display_name: DisplayName::parse("Eve").unwrap(),
        local_part: LocalPart::parse("eve").unwrap(),
        domain,
        alternate_email: None,
        role: None,
    };
    let change = UserChange::parse("", "", "Other", "", "", "").unwrap();
    vec![
        service.users(who, company, Sort::Name, "", &first_page(10)).await.map(drop),
        service.new_user_choices(who, company).await.map(drop),
        service.add_user(who, company, &new).await.map(drop),
        service.user(who, company, user).await.map(drop),
        service.change_user(who, company, user, &change).await,
        service.reset_password(who, company, user).await.map(drop),
        service.set_blocked(who, company, user, true).await,
        service.domains(who, company).await.map(drop),
        service.domain(who, company, domain).await.map(drop),
        service.add_domain(who, company, &DomainName::parse("labs.example").unwrap()).await.map(drop),
        service.verify_domain(who, company, domain).await.map(drop),
        service.remove_domain(who, company, domain).await,
        service.activity(who, company, None, 10).await.map(drop),
    ]
}
