//! Offers for many companies at once, each for one of them.

use mandate_domain::{Action, BatchId, Event, OfferName, OfferStatus, sort_key};
use mandate_store::{Conn, offer_batches, offers, transaction};

pub use crate::addressee_list::{ListRow, MOST_ROWS, RowProblem, parse_list};
pub use mandate_store::offer_batches::Batch;

use crate::{
    Error, Principal, Result, Service,
    csv_file::CsvFile,
    form::Problems,
    offers::{BatchPlace, NewOffer, Offer, Terms, TermsForm},
    place::Place,
};

/// As many names as are tried for one offer: its company can stand in other lists too.
const MOST_TRIES: usize = 1_000;
const LIMIT: i64 = 500;

/// Offers to be made together, in one go.
#[derive(Clone, Debug)]
pub struct NewBatch {
    pub id: BatchId,
    pub name: OfferName,
    pub terms: Terms,
    pub rows: Vec<ListRow>,
    /// Whether each is mailed to its addressee.
    pub mail: bool,
}

/// The same as it was typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct BatchForm<'a> {
    pub batch: &'a str,
    pub name: &'a str,
    pub terms: TermsForm<'a>,
    pub list: &'a str,
    pub mail: bool,
}

/// All that is wrong with it, in its fields and in the rows of its list.
#[derive(Clone, Debug, Default)]
pub struct BatchProblems {
    pub fields: Problems,
    pub rows: Vec<RowProblem>,
}

impl NewBatch {
    pub fn parse(form: &BatchForm) -> Result<Self, BatchProblems> {
        let mut fields = Problems::default();
        let id = fields.check("batch", form.batch.parse());
        let name = fields.check("name", OfferName::parse(form.name));
        let terms = Terms::parse(&form.terms, &mut fields);
        match (id, name, terms, parse_list(form.list, form.mail)) {
            (Some(id), Some(name), Some(terms), Ok(rows)) => Ok(Self { id, name, terms, rows, mail: form.mail }),
            (_, _, _, rows) => Err(BatchProblems { fields, rows: rows.err().unwrap_or_default() }),
        }
    }

    /// What the offers will be called, where no name is taken.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.rows.iter().map(|row| name_of(&self.name, &row.company, 1))
    }
}

/// An offer of a batch.
#[derive(Clone, Debug)]
pub struct BatchOffer {
    pub offer: Offer,
    pub status: OfferStatus,
    /// While the link can be used.
    pub url: Option<String>,
}

impl Service {
    /// A new batch's id, to stand in its form: so sending the form twice makes the offers once.
    pub fn new_batch(&self, who: &Principal) -> Result<BatchId> {
        Place::own(who).permits(Action::ManageOffers)?;
        Ok(BatchId(self.new_id()))
    }

    /// Makes all of a batch or nothing. Where it was made before, it stays as it is.
    pub async fn create_offers(&self, who: &Principal, new: &NewBatch) -> Result<BatchId> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        let batch = Batch {
            id: new.id,
            partner_id: who.company.id,
            name: new.name.to_string(),
            created_by: who.user.id,
            created_at: self.now(),
        };
        transaction!(self.db, Error, |conn| {
            if !offer_batches::insert(conn, &batch).await? {
                let made = offer_batches::by_id(conn, who.company.id, new.id).await?;
                return made.map(|batch| batch.id).ok_or(Error::NotFound);
            }
            for (row, place_in) in new.rows.iter().zip(1..) {
                let offer = NewOffer {
                    name: new.name.clone(),
                    terms: new.terms.clone(),
                    addressed_to: Some(row.addressee.clone()),
                    email: row.email.clone(),
                    mail: new.mail,
                };
                let offer = Offer {
                    batch: Some(BatchPlace { id: new.id, row: place_in }),
                    addressee_name: Some(row.company.to_string()),
                    ..self.draft(who, &offer)
                };
                let offer = named(conn, offer, &new.name, &row.company).await?;
                self.record(conn, who, &place, &offer.name, Event::OfferCreated).await?;
                if new.mail {
                    self.mail_offer(conn, who, &place, &offer).await?;
                }
            }
            Ok(new.id)
        })
    }

    pub async fn offer_batch(&self, who: &Principal, id: BatchId) -> Result<(Batch, Vec<BatchOffer>)> {
        Place::own(who).permits(Action::ManageOffers)?;
        let mut conn = self.db.read().await?;
        let batch = offer_batches::by_id(&mut conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
        let found = offer_batches::offers(&mut conn, who.company.id, id, LIMIT).await?;
        let now = self.now();
        let offers = found.into_iter().map(|offer| {
            let status = offer.status(now);
            let url = status.can_be_answered().then(|| self.offer_url(&offer));
            BatchOffer { offer, status, url }
        });
        Ok((batch, offers.collect()))
    }

    /// The batch's URLs as a file.
    pub async fn offer_batch_file(&self, who: &Principal, id: BatchId) -> Result<Vec<u8>> {
        let (_, offers) = self.offer_batch(who, id).await?;
        let mut file = CsvFile::new(&["Company", "Domain or user name", "Email", "Offer", "Offer URL", "Status"])?;
        for BatchOffer { offer, status, url } in offers {
            file.row(&[
                offer.addressee_name.as_deref().unwrap_or_default(),
                &offer.addressed_to.as_ref().map(ToString::to_string).unwrap_or_default(),
                offer.addressee_email.as_deref().unwrap_or_default(),
                &offer.name,
                url.as_deref().unwrap_or_default(),
                status.name(),
            ])?;
        }
        file.finish()
    }
}

/// Keeps an offer under the first name that is free.
async fn named(conn: &mut Conn, offer: Offer, base: &str, company: &str) -> Result<Offer> {
    for number in 1..=MOST_TRIES {
        let offer = Offer { name: name_of(base, company, number), ..offer.clone() };
        if offers::insert(conn, &offer, &sort_key(&offer.name)).await? {
            return Ok(offer);
        }
    }
    let message = format!("There are too many offers with the name “{base}” for {company}. Choose another name");
    Err(Problems::one("name", message).into())
}

/// The name of all, the company, and a number from the second on. Both are cut where they do not fit.
fn name_of(base: &str, company: &str, number: usize) -> String {
    const COMPANY: usize = 24;
    let number = if number == 1 { String::new() } else { format!(" ({number})") };
    let company: String = company.chars().take(COMPANY).collect();
    let company = company.trim_end();
    let room = OfferName::LONGEST - " – ".chars().count() - company.chars().count() - number.len();
    let base: String = base.chars().take(room).collect();
    format!("{} – {company}{number}", base.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        assert_eq!(name_of("Managed IT", "Contoso", 1), "Managed IT – Contoso");
        assert_eq!(name_of("Managed IT", "Contoso", 12), "Managed IT – Contoso (12)");
    }

    proptest! {
        #[test]
        fn every_name_fits(base in "\\PC{1,50}", company in "\\PC{1,200}", number in 1..=MOST_TRIES) {
            let name = name_of(&base, &company, number);
            prop_assert!(name.chars().count() <= OfferName::LONGEST);
            let end = format!(" ({number})");
            prop_assert!(number == 1 || name.ends_with(&end), "{}", name);
        }
    }
}
