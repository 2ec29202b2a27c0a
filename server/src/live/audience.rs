use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mandate_domain::CompanyId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A person with more open pages than that has them followed by reloading.
pub const MOST_PER_SESSION: usize = 20;
const MOST: usize = 20_000;

type Session = [u8; 32];

/// There is no room for one more stream.
#[derive(Debug)]
pub struct Full;

/// Who looks on here, by company and by session.
#[derive(Default)]
pub struct Audience {
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    taken: usize,
    companies: HashMap<CompanyId, watch::Sender<i64>>,
    sessions: HashMap<Session, Stay>,
}

/// The streams of one session, which end together.
#[derive(Default)]
struct Stay {
    streams: usize,
    ended: CancellationToken,
}

/// A stream's place among those who look on; given up when it is dropped.
pub struct Seat {
    audience: Arc<Audience>,
    company: CompanyId,
    session: Session,
    /// The number that the company's record has reached.
    pub news: watch::Receiver<i64>,
    /// Until the session ends.
    pub ended: CancellationToken,
}

impl Audience {
    pub fn join(this: &Arc<Self>, company: CompanyId, session: Session, seq: i64) -> Result<Seat, Full> {
        let mut seats = this.lock();
        let stay = seats.sessions.get(&session);
        if seats.taken >= MOST || stay.is_some_and(|stay| stay.streams >= MOST_PER_SESSION) {
            return Err(Full);
        }
        seats.taken += 1;
        let sender = seats.companies.entry(company).or_insert_with(|| watch::Sender::new(seq));
        advance(sender, seq);
        let news = sender.subscribe();
        let stay = seats.sessions.entry(session).or_default();
        stay.streams += 1;
        let ended = stay.ended.clone();
        drop(seats);
        Ok(Seat { audience: Arc::clone(this), company, session, news, ended })
    }

    pub fn companies(&self) -> Vec<CompanyId> {
        self.lock().companies.keys().copied().collect()
    }

    pub fn sessions(&self) -> Vec<Session> {
        self.lock().sessions.keys().copied().collect()
    }

    pub fn size(&self) -> usize {
        self.lock().taken
    }

    pub fn tell(&self, company: CompanyId, seq: i64) {
        if let Some(sender) = self.lock().companies.get(&company) {
            advance(sender, seq);
        }
    }

    pub fn send_away(&self, session: &Session) {
        if let Some(stay) = self.lock().sessions.get(session) {
            stay.ended.cancel();
        }
    }

    fn leave(&self, company: CompanyId, session: &Session) {
        let mut seats = self.lock();
        seats.taken -= 1;
        // The one who leaves still holds a receiver.
        if seats.companies.get(&company).is_some_and(|sender| sender.receiver_count() <= 1) {
            seats.companies.remove(&company);
        }
        if let Some(stay) = seats.sessions.get_mut(session) {
            stay.streams -= 1;
            if stay.streams == 0 {
                seats.sessions.remove(session);
            }
        }
    }

    /// Nothing here is left half done by a panic.
    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Numbers only grow; an answer that comes late is no news.
fn advance(sender: &watch::Sender<i64>, seq: i64) {
    sender.send_if_modified(|known| {
        let is_news = seq > *known;
        if is_news {
            *known = seq;
        }
        is_news
    });
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.audience.leave(self.company, &self.session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company(number: u128) -> CompanyId {
        format!("{number:032x}").parse().unwrap()
    }

    #[test]
    fn whoever_leaves_is_forgotten() {
        let audience = Arc::default();
        let one = Audience::join(&audience, company(1), [1; 32], 5).unwrap();
        let other = Audience::join(&audience, company(1), [2; 32], 5).unwrap();
        let elsewhere = Audience::join(&audience, company(2), [1; 32], 0).unwrap();
        assert_eq!((audience.size(), audience.companies().len(), audience.sessions().len()), (3, 2, 2));
        drop(one);
        assert_eq!((audience.size(), audience.companies().len(), audience.sessions().len()), (2, 2, 2));
        drop(other);
        assert_eq!((audience.size(), audience.companies().len(), audience.sessions().len()), (1, 1, 1));
        drop(elsewhere);
        assert_eq!((audience.size(), audience.companies().len(), audience.sessions().len()), (0, 0, 0));
    }

    #[test]
    fn a_session_has_so_many_and_no_more() {
        let audience = Arc::default();
        let mut seats: Vec<_> =
            (0..MOST_PER_SESSION).map(|_| Audience::join(&audience, company(1), [1; 32], 0).unwrap()).collect();
        assert!(Audience::join(&audience, company(1), [1; 32], 0).is_err());
        assert!(Audience::join(&audience, company(1), [2; 32], 0).is_ok());
        seats.pop();
        assert!(Audience::join(&audience, company(1), [1; 32], 0).is_ok());
    }

    #[test]
    fn only_a_higher_number_is_news() {
        let audience = Arc::default();
        let mut seat = Audience::join(&audience, company(1), [1; 32], 5).unwrap();
        for (seq, is_news) in [(5, false), (4, false), (6, true), (6, false), (9, true)] {
            audience.tell(company(1), seq);
            audience.tell(company(2), 100);
            assert_eq!(seat.news.has_changed().unwrap(), is_news, "{seq}");
            assert_eq!(*seat.news.borrow_and_update(), seq.max(5));
        }
    }

    #[test]
    fn an_ended_session_ends_its_streams_alone() {
        let audience = Arc::default();
        let mine = Audience::join(&audience, company(1), [1; 32], 0).unwrap();
        let theirs = Audience::join(&audience, company(1), [2; 32], 0).unwrap();
        audience.send_away(&[1; 32]);
        assert!(mine.ended.is_cancelled() && !theirs.ended.is_cancelled());
    }
}
