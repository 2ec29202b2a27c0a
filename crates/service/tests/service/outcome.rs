//! What a use case must have answered.

use mandate_domain::Refusal;
use mandate_service::{Error, Result};

#[track_caller]
fn error<T>(result: Result<T>) -> Error {
    result.err().expect("nothing was to be done, and it was")
}

/// As what does not exist.
#[track_caller]
pub fn not_found<T>(result: Result<T>) {
    let error = error(result);
    assert!(matches!(error, Error::NotFound), "{error:?}");
}

#[track_caller]
pub fn refused<T>(result: Result<T>, why: Refusal) {
    let error = error(result);
    assert!(matches!(error, Error::Refused(refusal) if refusal == why), "{error:?}");
}

/// The sentence that says what no longer holds.
#[track_caller]
pub fn changed<T>(result: Result<T>) -> String {
    match error(result) {
        Error::Changed(sentence) => sentence,
        error => panic!("{error:?}"),
    }
}

/// The only field that needs another value, and what is said beside it.
#[track_caller]
pub fn problem<T>(result: Result<T>) -> (String, String) {
    let Error::Invalid(problems) = error(result) else { panic!("not for a field") };
    let [problem] = problems.0.try_into().expect("one problem");
    (problem.field, problem.message)
}
