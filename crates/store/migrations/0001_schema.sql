-- One text for both engines. BYTES stands for BYTEA or BLOB; COLLATE "C" is taken off for SQLite, whose default it is.
-- Role sets are bits, in the order of domain::Role: 1 directory reader, 2 password administrator, 4 user administrator,
-- 8 domain administrator, 16 global administrator.

CREATE TABLE companies (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    contact_address TEXT,
    phone TEXT,
    support_email TEXT,
    is_partner BOOLEAN NOT NULL,
    is_demo BOOLEAN NOT NULL,
    activity_seq BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE domains (
    id UUID PRIMARY KEY,
    company_id UUID NOT NULL REFERENCES companies (id),
    name TEXT COLLATE "C" NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'verified', 'lapsed')),
    is_platform BOOLEAN NOT NULL,
    challenge TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    lapses_at TIMESTAMPTZ,
    verified_at TIMESTAMPTZ,
    checked_at TIMESTAMPTZ,
    check_result TEXT,
    UNIQUE (company_id, id),
    UNIQUE (company_id, name),
    CHECK ((status = 'verified') = (verified_at IS NOT NULL)),
    CHECK (status <> 'pending' OR lapses_at IS NOT NULL)
);

CREATE UNIQUE INDEX domains_one_owner ON domains (name) WHERE status = 'verified';
CREATE INDEX domains_pending ON domains (lapses_at) WHERE status = 'pending';

CREATE TABLE users (
    id UUID PRIMARY KEY,
    company_id UUID NOT NULL REFERENCES companies (id),
    domain_id UUID NOT NULL,
    user_name TEXT COLLATE "C" NOT NULL UNIQUE,
    first_name TEXT,
    last_name TEXT,
    display_name TEXT NOT NULL CHECK (display_name <> ''),
    sort_key TEXT COLLATE "C" NOT NULL,
    alternate_email TEXT,
    role TEXT CHECK (role IN ('directory_reader', 'password_administrator', 'user_administrator', 'domain_administrator', 'global_administrator')),
    delegation TEXT NOT NULL CHECK (delegation IN ('no', 'limited', 'full')),
    is_blocked BOOLEAN NOT NULL,
    password_hash TEXT,
    must_change_password BOOLEAN NOT NULL,
    password_set_at TIMESTAMPTZ,
    -- Who made the password, where it was not the person: until it is changed, that one could know it.
    password_set_by UUID REFERENCES users (id),
    -- And the partner on whose part they did.
    password_set_by_partner UUID REFERENCES companies (id),
    last_sign_in_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (company_id, domain_id) REFERENCES domains (company_id, id),
    -- User names are kept in lower case, so that unique holds without regard to it.
    CHECK (user_name = lower(user_name)),
    CHECK (password_set_by_partner IS NULL OR password_set_by IS NOT NULL)
);

CREATE INDEX users_by_name ON users (company_id, sort_key, id);
CREATE INDEX users_by_user_name ON users (company_id, user_name, id);
CREATE INDEX users_by_domain ON users (domain_id);
CREATE INDEX users_by_role ON users (company_id, role) WHERE role IS NOT NULL;
CREATE INDEX users_by_delegation ON users (company_id) WHERE delegation <> 'no';
CREATE INDEX users_by_partner_password ON users (company_id, password_set_by_partner) WHERE password_set_by_partner IS NOT NULL;

CREATE TABLE sessions (
    token_hash BYTES PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    amr TEXT NOT NULL,
    auth_time TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE one_time_links (
    token_hash BYTES PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);

CREATE INDEX one_time_links_by_user ON one_time_links (user_id);
CREATE INDEX one_time_links_by_expiry ON one_time_links (expires_at);

CREATE TABLE sign_in_attempts (
    key TEXT COLLATE "C" PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (last_at);

CREATE TABLE offers (
    id UUID PRIMARY KEY,
    partner_id UUID NOT NULL REFERENCES companies (id),
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT COLLATE "C" NOT NULL,
    roles SMALLINT NOT NULL CHECK (roles BETWEEN 1 AND 31),
    days SMALLINT NOT NULL CHECK (days BETWEEN 1 AND 730),
    link_ends_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'withdrawn')),
    generation BIGINT NOT NULL,
    created_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    UNIQUE (partner_id, name_key),
    CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL))
);

CREATE INDEX offers_by_partner ON offers (partner_id, created_at, id);

CREATE TABLE decisions (
    id UUID PRIMARY KEY,
    offer_id UUID NOT NULL REFERENCES offers (id),
    company_id UUID NOT NULL REFERENCES companies (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('authorized', 'declined')),
    reason TEXT,
    decided_by UUID NOT NULL REFERENCES users (id),
    decided_at TIMESTAMPTZ NOT NULL,
    UNIQUE (offer_id, company_id),
    CHECK (outcome = 'declined' OR reason IS NULL)
);

CREATE INDEX decisions_by_outcome ON decisions (offer_id, outcome);

CREATE TABLE grants (
    id UUID PRIMARY KEY,
    partner_id UUID NOT NULL REFERENCES companies (id),
    customer_id UUID NOT NULL REFERENCES companies (id),
    decision_id UUID NOT NULL UNIQUE REFERENCES decisions (id),
    roles SMALLINT NOT NULL CHECK (roles BETWEEN 1 AND 31),
    status TEXT NOT NULL CHECK (status IN ('active', 'removed', 'replaced', 'expired')),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    ended_by UUID REFERENCES users (id),
    CHECK (partner_id <> customer_id),
    CHECK (ends_at > starts_at),
    CHECK ((status = 'active') = (ended_at IS NULL))
);

CREATE UNIQUE INDEX grants_one_live ON grants (partner_id, customer_id) WHERE status = 'active';
CREATE INDEX grants_by_partner ON grants (partner_id, status, ends_at, id);
CREATE INDEX grants_by_customer ON grants (customer_id, status, ends_at, id);
CREATE INDEX grants_due ON grants (ends_at) WHERE status = 'active';

-- By whose beginnings a user of a company, or a customer of a partner, is found.
CREATE TABLE search_terms (
    scope_id UUID NOT NULL REFERENCES companies (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('user', 'customer')),
    term TEXT COLLATE "C" NOT NULL,
    object_id UUID NOT NULL,
    PRIMARY KEY (scope_id, kind, term, object_id)
);

CREATE INDEX search_terms_by_object ON search_terms (object_id, kind, scope_id);

CREATE TABLE activity (
    company_id UUID NOT NULL REFERENCES companies (id),
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor_id UUID REFERENCES users (id),
    actor_name TEXT,
    actor_user_name TEXT,
    actor_company_id UUID REFERENCES companies (id),
    actor_company_name TEXT,
    -- Where it was done on behalf: by which grant, and in whose account.
    grant_id UUID REFERENCES grants (id),
    on_behalf_of TEXT,
    object_name TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (company_id, seq)
);

CREATE INDEX activity_by_partner ON activity (company_id, actor_company_id, seq);

CREATE TABLE outgoing_mail (
    id UUID PRIMARY KEY,
    to_name TEXT NOT NULL,
    to_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'sent', 'failed')),
    attempts BIGINT NOT NULL,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    last_error TEXT
);

CREATE INDEX outgoing_mail_due ON outgoing_mail (next_attempt_at) WHERE status = 'waiting';

CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder UUID NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL
);
