/// Fewest and most characters of a password. Length first, and no rules on the kinds of characters
/// (NIST SP 800-63B, section 3.1.1.2).
pub const MIN_PASSWORD: usize = 12;
pub const MAX_PASSWORD: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordLengthError {
    #[error("Use at least {MIN_PASSWORD} characters")]
    TooShort,
    #[error("Use at most {MAX_PASSWORD} characters")]
    TooLong,
}

/// Checks the length alone, in characters; how easy a password is to guess is asked of the server.
pub fn check_password_length(password: &str) -> Result<(), PasswordLengthError> {
    match password.chars().count() {
        count if count < MIN_PASSWORD => Err(PasswordLengthError::TooShort),
        count if count > MAX_PASSWORD => Err(PasswordLengthError::TooLong),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters() {
        assert_eq!(check_password_length(&"ü".repeat(11)), Err(PasswordLengthError::TooShort));
        assert_eq!(check_password_length(&"ü".repeat(12)), Ok(()));
        assert_eq!(check_password_length(&"ü".repeat(256)), Ok(()));
        assert_eq!(check_password_length(&"ü".repeat(257)), Err(PasswordLengthError::TooLong));
    }
}
