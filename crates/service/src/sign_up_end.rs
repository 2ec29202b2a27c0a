//! The last step of a sign-up: the company, its first administrator and what they accept, all at once, and once.

use chrono::TimeDelta;
use mandate_domain::{Action, CompanyId, DisplayName, LocalPart, Locale, UserId};
use mandate_store::{
    Conn, companies, offers, orders,
    sessions::{self, Origin},
    sign_ups::{self, SignUp},
    transaction,
    users::{self, User},
};

use crate::{
    Company, Error, Principal, Result, Service,
    acceptance::Accepted,
    browser::browser_name,
    companies::first_administrator,
    form::Problems,
    place::{Place, person},
    principal::SESSION_DAYS,
    server_key::Secret,
    sign_in::Whence,
    sign_up::Finished,
};

/// For how long who asks again is let in, as one whose answer was lost does. Later they show their password.
const ASK_AGAIN_MINUTES: i64 = 15;

/// The session that the first administrator is given.
struct NewSession {
    token_hash: [u8; 32],
    origin: Origin,
}

impl Service {
    /// Makes the company, its first administrator, the order and all that follows, and lets them in. However often it is
    /// done, there is one company and one order, and each who asked is given it.
    pub async fn sign_up_finish(
        &self,
        secret: &str,
        quantities: &[String],
        authorize: bool,
        from: impl Into<Whence>,
    ) -> Result<Finished> {
        let Whence { address, user_agent } = from.into();
        let token = Secret::new(&*self.entropy);
        let origin = Origin { address: Some(address.to_canonical().to_string()), browser: browser_name(&user_agent) };
        let session = NewSession { token_hash: token.hash(), origin };
        let (accepted, is_let_in) = transaction!(self.db, Error, |conn| {
            let begun = self.begun(conn, secret).await?.ok_or(Error::NotFound)?;
            let sign_up = sign_ups::lock(conn, begun.id).await?.ok_or(Error::NotFound)?;
            if let Some(company) = sign_up.finished_company {
                return self.finished_before(conn, &sign_up, company, &session).await;
            }
            // Held, so that no withdrawal slips in between check and write.
            let offer = offers::lock(conn, sign_up.offer_id).await?.ok_or(Error::NotFound)?;
            let partner = self.check_start(conn, &offer, sign_up.generation).await?;
            let who = self.found(conn, &sign_up, &session).await?;
            Place::own(&who).permits(Action::DecideConsent)?;
            let accepted = self.accept(conn, &who, &offer, &partner, quantities, authorize).await?;
            self.let_in(conn, &who.user, &session).await?;
            if !sign_ups::finish(conn, sign_up.id, who.company.id, accepted.order, self.now()).await? {
                return Err(Error::Internal("a sign-up that was held was finished"));
            }
            Ok((accepted, true))
        })?;
        Ok(Finished { token: is_let_in.then_some(token), locale: Locale::default(), accepted })
    }

    /// Who asks again is told what was made. A secret in a browser is no password, so it lets in for a short while, and
    /// nobody whose account has changed hands or way since.
    async fn finished_before(
        &self,
        conn: &mut Conn,
        sign_up: &SignUp,
        company: CompanyId,
        session: &NewSession,
    ) -> Result<(Accepted, bool)> {
        let made = Self::accepted(conn, sign_up.offer_id, company).await?;
        let accepted = made.ok_or(Error::Internal("a finished sign-up without its order"))?;
        let order = orders::by_offer_and_company(conn, sign_up.offer_id, company).await?.ok_or(Error::NotFound)?;
        let user = users::lock(conn, company, order.accepted_by).await?.ok_or(Error::NotFound)?;
        let is_let_in = self.now() < order.accepted_at + TimeDelta::minutes(ASK_AGAIN_MINUTES)
            && !user.is_blocked
            && user.password_set_at.is_some_and(|at| at <= order.accepted_at);
        if is_let_in {
            self.let_in(conn, &user, session).await?;
        }
        Ok((accepted, is_let_in))
    }

    async fn let_in(&self, conn: &mut Conn, user: &User, session: &NewSession) -> Result<()> {
        let now = self.now();
        let expires_at = now + TimeDelta::days(SESSION_DAYS);
        sessions::insert(conn, &session.token_hash, user.id, "pwd", &session.origin, now, expires_at).await?;
        Ok(users::signed_in(conn, user.id, now).await?)
    }

    /// Makes the company and its first administrator of what was typed.
    async fn found(&self, conn: &mut Conn, sign_up: &SignUp, session: &NewSession) -> Result<Principal> {
        let SignUp {
            company_name: Some(name),
            country: Some(country),
            domain_prefix: Some(prefix),
            display_name: Some(display_name),
            user_name: Some(user_name),
            password_hash: Some(password_hash),
            email_confirmed: true,
            ..
        } = sign_up
        else {
            let message = "Some of what a company needs is missing, so nothing was made. Fill it in first.";
            return Err(Error::Changed(message.to_owned()));
        };
        let now = self.now();
        let domain = self.domain_of(conn, prefix).await?;
        let domain = domain.map_err(|message| Problems::one("domain_prefix", message))?;
        let company = Company {
            id: CompanyId(self.new_id()),
            name: name.clone(),
            contact_address: None,
            phone: None,
            support_email: None,
            is_partner: false,
            is_demo: false,
            domain: Some(domain.to_string()),
            created_at: now,
        };
        let platform = self.insert_company(conn, &company, &domain).await?;
        companies::set_country(conn, company.id, *country).await?;
        let local_part = LocalPart::parse(user_name).map_err(|error| Problems::one("user_name", error))?;
        let display_name = DisplayName::parse(display_name).map_err(|error| Problems::one("display_name", error))?;
        let id = UserId(self.new_id());
        let user = User {
            first_name: sign_up.first_name.clone(),
            last_name: sign_up.last_name.clone(),
            alternate_email: sign_up.alternate_email.clone(),
            alternate_email_confirmed: true,
            password_hash: Some(password_hash.clone()),
            password_set_at: Some(now),
            ..first_administrator(&company, &platform, id, &local_part, display_name)
        };
        Self::insert_first_administrator(conn, &user, "user_name").await?;
        let who = Principal { user, company, session: session.token_hash, activity_seq: 0 };
        self.record_company_created(conn, &who.company, Some(person(&who))).await?;
        Ok(who)
    }
}
