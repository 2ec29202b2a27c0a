//! What is mailed about a trial or purchase: the offer to its addressee, and to both sides what was agreed.

use chrono::{DateTime, Utc};
use mandate_domain::{ContentKind, Quantity};
use mandate_store::{Conn, companies::Company, grants::Grant, offers::Offer, orders::Order};

use crate::{
    Principal, Result, Service,
    consent::may_sign_up,
    notify::{Recipient, date},
    sales::{Sale, SaleLine},
};

/// What an offer is about, as the subject of its mail.
pub(crate) fn subject(partner: &str, sale: Option<&Sale>) -> String {
    match sale {
        None => format!("{partner} asks to be your delegated administrator"),
        Some(sale) if sale.kind == ContentKind::Trial => format!("{partner} invites you to try {}", sale.plans()),
        Some(sale) => format!("{partner} offers you {}", sale.plans()),
    }
}

/// What a partner asks and offers, and how to answer, in the mail to whom it is for.
pub(crate) fn asks(offer: &Offer, partner: &str, sale: Option<&Sale>) -> String {
    let can: Vec<_> = offer.roles.iter().map(|role| format!("- {}", role.can())).collect();
    let (can, days) = (can.join("\n"), days(offer.days.get()));
    let Some(sale) = sale else {
        return format!(
            "{partner} asks to look after your company’s account for {days} from when you authorize it. They could:\n\n\
             {can}\n\nYou decide, and you can end it at any time. Open this link and sign in as a global administrator \
             of your company:\n"
        );
    };
    let sells = match sale.kind {
        ContentKind::Trial => {
            let lasts = sale.trial_days.map(|lasts| format!(" for {}", self::days(lasts.get()))).unwrap_or_default();
            format!("{partner} invites you to try this{lasts}, at no charge:\n\n{}\n\n", lines(sale))
        }
        _ => format!("{partner} offers you:\n\n{}\n\n", lines(sale)),
    };
    let also = if offer.roles.is_empty() {
        String::new()
    } else {
        format!(
            "They also ask to look after your company’s account for {days} from when you authorize it. They \
             could:\n\n{can}\n\nThat is for you to decide: all else is the same with it or without.\n\n"
        )
    };
    let start = if may_sign_up(offer) { "start as a new company, or sign in" } else { "sign in" };
    format!("{sells}{also}Open this link, to {start} as a global administrator of your company:\n")
}

fn days(number: u16) -> String {
    if number == 1 { "1 day".to_owned() } else { format!("{number} days") }
}

fn licenses(quantity: Quantity) -> String {
    if quantity.get() == 1 { "1 license".to_owned() } else { format!("{quantity} licenses") }
}

/// Each line with its price, and the sum.
fn lines(sale: &Sale) -> String {
    let mut lines: Vec<String> = sale.lines.iter().map(line).collect();
    lines.extend(sale.total.map(|total| format!("\nTotal: {total}")));
    lines.join("\n")
}

fn line(line: &SaleLine) -> String {
    let what = format!("- {} of {}", licenses(line.quantity), line.plan.full_name());
    match (line.unit, line.term, line.total) {
        (Some(unit), Some(term), Some(total)) => format!("{what}, each {unit} per {}: {total}", term.per()),
        _ => what,
    }
}

/// What came of an offer that was accepted.
pub(crate) struct Agreed<'a> {
    pub offer: &'a Offer,
    pub partner: &'a Company,
    /// With the numbers of licenses that were ordered.
    pub sale: &'a Sale,
    pub order: &'a Order,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub grant: Option<&'a Grant>,
}

impl Service {
    /// Tells both sides: the partner's sender and contact, and who accepted.
    pub(crate) async fn tell_agreed(&self, conn: &mut Conn, who: &Principal, agreed: &Agreed<'_>) -> Result<()> {
        let plans = agreed.sale.plans();
        let is_trial = agreed.sale.kind == ContentKind::Trial;
        let customer = &who.company.name;
        let subject = if is_trial {
            format!("{customer} started a trial of {plans}")
        } else {
            format!("{customer} ordered {plans}")
        };
        let recipients = self.offer_recipients(conn, agreed.offer, agreed.partner).await?;
        self.notify(conn, recipients, &subject, &self.to_partner(who, agreed)).await?;
        let subject = if is_trial { format!("Your trial of {plans}") } else { format!("Your order of {plans}") };
        self.notify(conn, [Recipient::from(&who.user)], &subject, &self.to_customer(who, agreed)).await
    }

    fn to_partner(&self, who: &Principal, agreed: &Agreed) -> String {
        let Agreed { offer, sale, order, .. } = agreed;
        let customer = &who.company.name;
        let domain = who.company.domain.as_ref().map(|domain| format!(" ({domain})")).unwrap_or_default();
        let reference = order.partner_reference.as_ref();
        let reference = reference.map(|reference| format!("Your reference: {reference}\n")).unwrap_or_default();
        let terms = match agreed.trial_ends_at {
            Some(ends_at) => format!("It ends on {}, if nothing is bought in its place.", date(ends_at)),
            None => "It is paid by your invoice.".to_owned(),
        };
        let access = match agreed.grant {
            Some(grant) => {
                let roles: Vec<_> = grant.roles.iter().map(|role| format!("- {}", role.name())).collect();
                format!(
                    "\nThey authorized delegated administration. Until {} your people can act in {customer} with these \
                     roles:\n{}\n\nOpen {customer}: {}\n",
                    date(grant.ends_at),
                    roles.join("\n"),
                    self.url(&format!("/customers/{}/users", who.company.id)),
                )
            }
            None if offer.roles.is_empty() => String::new(),
            None => "\nThey did not authorize delegated administration.\n".to_owned(),
        };
        format!(
            "{} of {customer}{domain} accepted your offer “{}” ({}).\n\nOrder {}\n{reference}{}\n\n{terms}\n{access}",
            who.user.display_name,
            offer.name,
            sale.reference,
            order.number,
            lines(sale),
        )
    }

    fn to_customer(&self, who: &Principal, agreed: &Agreed) -> String {
        let partner = &agreed.partner.name;
        let terms = match agreed.trial_ends_at {
            Some(ends_at) => format!("The trial is at no charge, and ends on {}.", date(ends_at)),
            None => format!("You pay by an invoice that {partner} sends you. Nothing was paid here."),
        };
        let access = match agreed.grant {
            Some(grant) => format!(
                "Until {} people of {partner} can act in your account. You can end that at any time:\n{}\n\n",
                date(grant.ends_at),
                self.url("/partners"),
            ),
            None => String::new(),
        };
        format!(
            "You accepted an offer of {partner} for {}.\n\nOrder {}\n{}\n\n{terms}\n\n{access}To give people licenses, \
             sign in as {}:\n{}\n",
            who.company.name,
            agreed.order.number,
            lines(agreed.sale),
            who.user.user_name,
            self.url("/subscriptions"),
        )
    }
}
