-- What a person does with their own account, and how who cannot sign in is helped. One text for both engines, as 0001.

-- A secret goes to an alternate e-mail only where the person has shown that it is theirs.
ALTER TABLE users ADD COLUMN alternate_email_confirmed BOOLEAN NOT NULL DEFAULT FALSE;
-- Who set it, where it was not the person, as the record names them.
ALTER TABLE users ADD COLUMN alternate_email_set_by TEXT;
-- In whose way dates and numbers are written.
ALTER TABLE users ADD COLUMN locale TEXT NOT NULL DEFAULT 'en-US';

-- Where a session began, told to its holder alone.
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN browser TEXT;

-- An alternate e-mail that a person has yet to show to be theirs. The code is made when its mail is sent.
CREATE TABLE email_confirmations (
    user_id UUID PRIMARY KEY REFERENCES users (id),
    address TEXT NOT NULL,
    code_hash BYTES,
    tries BIGINT NOT NULL,
    expires_at TIMESTAMPTZ,
    CHECK ((code_hash IS NULL) = (expires_at IS NULL))
);

-- Who said that they cannot sign in, by the name that they typed, whether there is such a user or not: a job looks
-- that up later, so that the answer takes as long for one name as for another.
CREATE TABLE sign_in_help (
    user_name TEXT COLLATE "C" PRIMARY KEY,
    address_key TEXT COLLATE "C" NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    is_waiting BOOLEAN NOT NULL
);

CREATE INDEX sign_in_help_waiting ON sign_in_help (asked_at) WHERE is_waiting;
CREATE INDEX sign_in_help_by_address ON sign_in_help (address_key, asked_at);
CREATE INDEX sign_in_help_by_time ON sign_in_help (asked_at);

-- Mail that gets a secret when it is sent: the outbox keeps none.
CREATE TABLE secret_mail (
    mail_id UUID PRIMARY KEY REFERENCES outgoing_mail (id) ON DELETE CASCADE,
    secret TEXT NOT NULL CHECK (secret IN ('password_link', 'email_code')),
    user_id UUID NOT NULL REFERENCES users (id)
);
