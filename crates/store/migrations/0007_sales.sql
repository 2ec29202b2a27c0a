-- The catalog, what is sold of it, and companies that begin with an offer. One text for both engines, as 0001.
-- An amount is in minor units of its currency (ISO 4217); a country is a code of ISO 3166-1.

-- Where a company is, as far as it said so.
ALTER TABLE companies ADD COLUMN country TEXT;

CREATE TABLE plans (
    id UUID PRIMARY KEY,
    product_name TEXT NOT NULL CHECK (product_name <> ''),
    product_description TEXT NOT NULL,
    -- By what a later file names the same plan.
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    description TEXT NOT NULL,
    license_means TEXT NOT NULL,
    trial_days SMALLINT CHECK (trial_days BETWEEN 1 AND 365),
    trial_licenses BIGINT CHECK (trial_licenses BETWEEN 1 AND 1000000),
    min_quantity BIGINT NOT NULL CHECK (min_quantity >= 1),
    max_quantity BIGINT NOT NULL CHECK (max_quantity <= 1000000),
    -- Codes with spaces between; none means all.
    countries TEXT NOT NULL,
    -- Not where it was taken from the file: then those who have it can still read it.
    is_offered BOOLEAN NOT NULL,
    position SMALLINT NOT NULL,
    CHECK ((trial_days IS NULL) = (trial_licenses IS NULL)),
    CHECK (min_quantity <= max_quantity)
);

CREATE INDEX plans_offered ON plans (position, id) WHERE is_offered;

CREATE TABLE plan_prices (
    plan_id UUID NOT NULL REFERENCES plans (id),
    term TEXT COLLATE "C" NOT NULL CHECK (term IN ('monthly', 'yearly')),
    currency TEXT COLLATE "C" NOT NULL,
    minor BIGINT NOT NULL CHECK (minor BETWEEN 0 AND 1000000000000000),
    PRIMARY KEY (plan_id, term, currency)
);

-- A trial is for a country, and a purchase in a currency.
ALTER TABLE offers ADD COLUMN country TEXT;
ALTER TABLE offers ADD COLUMN currency TEXT CHECK ((currency IS NOT NULL) = (content = 'purchase'));
-- A short one to find it by, and the partner's own.
ALTER TABLE offers ADD COLUMN sale_reference TEXT COLLATE "C" CHECK ((sale_reference IS NULL) = (content = 'delegation'));
ALTER TABLE offers ADD COLUMN partner_reference TEXT;

CREATE UNIQUE INDEX offers_by_reference ON offers (partner_id, sale_reference) WHERE sale_reference IS NOT NULL;

-- What is offered stays what it was when the offer was made. A trial's line has neither term nor price, but days.
CREATE TABLE offer_lines (
    offer_id UUID NOT NULL REFERENCES offers (id),
    line SMALLINT NOT NULL,
    plan_id UUID NOT NULL REFERENCES plans (id),
    term TEXT CHECK (term IN ('monthly', 'yearly')),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    unit_minor BIGINT CHECK (unit_minor BETWEEN 0 AND 1000000000000000),
    trial_days SMALLINT CHECK (trial_days BETWEEN 1 AND 365),
    PRIMARY KEY (offer_id, line),
    CHECK ((term IS NULL) = (unit_minor IS NULL)),
    CHECK ((term IS NULL) = (trial_days IS NOT NULL))
);

CREATE TABLE orders (
    id UUID PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL UNIQUE,
    offer_id UUID NOT NULL REFERENCES offers (id),
    company_id UUID NOT NULL REFERENCES companies (id),
    partner_id UUID NOT NULL REFERENCES companies (id),
    kind TEXT NOT NULL CHECK (kind IN ('trial', 'paid')),
    currency TEXT,
    total_minor BIGINT CHECK (total_minor BETWEEN 0 AND 1000000000000000),
    partner_reference TEXT,
    accepted_by UUID NOT NULL REFERENCES users (id),
    accepted_at TIMESTAMPTZ NOT NULL,
    UNIQUE (offer_id, company_id),
    CHECK (partner_id <> company_id),
    CHECK ((currency IS NULL) = (kind = 'trial')),
    CHECK ((total_minor IS NULL) = (kind = 'trial'))
);

CREATE INDEX orders_by_partner ON orders (partner_id, id);

CREATE TABLE order_lines (
    order_id UUID NOT NULL REFERENCES orders (id),
    line SMALLINT NOT NULL,
    plan_id UUID NOT NULL REFERENCES plans (id),
    plan_name TEXT NOT NULL,
    term TEXT CHECK (term IN ('monthly', 'yearly')),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    unit_minor BIGINT CHECK (unit_minor BETWEEN 0 AND 1000000000000000),
    PRIMARY KEY (order_id, line),
    CHECK ((term IS NULL) = (unit_minor IS NULL))
);

CREATE TABLE subscriptions (
    id UUID PRIMARY KEY,
    company_id UUID NOT NULL REFERENCES companies (id),
    -- The partner of record: who sold it.
    partner_id UUID NOT NULL REFERENCES companies (id),
    order_id UUID NOT NULL REFERENCES orders (id),
    plan_id UUID NOT NULL REFERENCES plans (id),
    kind TEXT NOT NULL CHECK (kind IN ('trial', 'paid')),
    term TEXT CHECK (term IN ('monthly', 'yearly')),
    state TEXT NOT NULL CHECK (state IN ('live', 'converted', 'expired', 'canceled')),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    -- How many licenses there are of it. Never more than bought, whoever writes.
    assigned BIGINT NOT NULL DEFAULT 0 CHECK (assigned BETWEEN 0 AND quantity),
    cancel_at_end BOOLEAN NOT NULL DEFAULT FALSE,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    -- How many of the notices that a trial ends were sent.
    notices SMALLINT NOT NULL DEFAULT 0,
    converted_to UUID REFERENCES subscriptions (id),
    CHECK ((kind = 'trial') = (term IS NULL)),
    CHECK (kind = 'paid' OR NOT cancel_at_end),
    CHECK (ends_at > starts_at),
    CHECK ((state = 'live') = (ended_at IS NULL)),
    CHECK ((state = 'converted') = (converted_to IS NOT NULL))
);

CREATE INDEX subscriptions_by_company ON subscriptions (company_id, id);
CREATE INDEX subscriptions_by_partner ON subscriptions (partner_id, id);
CREATE INDEX subscriptions_by_customer ON subscriptions (partner_id, company_id) WHERE state = 'live';
CREATE INDEX subscriptions_by_end ON subscriptions (partner_id, ends_at, id) WHERE kind = 'trial' OR cancel_at_end;
CREATE INDEX subscriptions_due ON subscriptions (ends_at, id) WHERE state = 'live';

-- The trial in whose place the offer is.
ALTER TABLE offers ADD COLUMN converts UUID REFERENCES subscriptions (id) CHECK (converts IS NULL OR content = 'purchase');

CREATE TABLE licenses (
    subscription_id UUID NOT NULL REFERENCES subscriptions (id),
    user_id UUID NOT NULL REFERENCES users (id),
    company_id UUID NOT NULL REFERENCES companies (id),
    assigned_at TIMESTAMPTZ NOT NULL,
    assigned_by UUID NOT NULL REFERENCES users (id),
    PRIMARY KEY (subscription_id, user_id)
);

CREATE INDEX licenses_by_user ON licenses (user_id, subscription_id);

-- A company that is not made yet: what was typed so far. It is forgotten after a day, whatever came of it.
CREATE TABLE sign_ups (
    id UUID PRIMARY KEY,
    token_hash BYTES NOT NULL UNIQUE,
    offer_id UUID NOT NULL REFERENCES offers (id),
    -- Of the offer's URL by which it was begun.
    generation BIGINT NOT NULL,
    -- From where it was begun, for the limit.
    address_key TEXT COLLATE "C" NOT NULL,
    company_name TEXT,
    country TEXT,
    domain_prefix TEXT,
    first_name TEXT,
    last_name TEXT,
    display_name TEXT,
    user_name TEXT,
    alternate_email TEXT,
    password_hash TEXT,
    email_confirmed BOOLEAN NOT NULL DEFAULT FALSE,
    -- How many were sent.
    codes BIGINT NOT NULL DEFAULT 0,
    code_hash BYTES,
    code_tries BIGINT NOT NULL DEFAULT 0,
    code_expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    finished_company UUID REFERENCES companies (id),
    finished_order UUID REFERENCES orders (id),
    CHECK ((code_hash IS NULL) = (code_expires_at IS NULL)),
    CHECK ((finished_at IS NULL) = (finished_company IS NULL)),
    CHECK ((finished_at IS NULL) = (finished_order IS NULL)),
    CHECK (finished_at IS NULL OR password_hash IS NULL)
);

CREATE INDEX sign_ups_by_address ON sign_ups (address_key, created_at);
CREATE INDEX sign_ups_by_offer ON sign_ups (offer_id, created_at);
CREATE INDEX sign_ups_by_time ON sign_ups (created_at);

-- Mail that gets a code when it is sent, as in 0005.
CREATE TABLE sign_up_mail (
    mail_id UUID PRIMARY KEY REFERENCES outgoing_mail (id) ON DELETE CASCADE,
    sign_up_id UUID NOT NULL REFERENCES sign_ups (id)
);

CREATE INDEX sign_up_mail_by_sign_up ON sign_up_mail (sign_up_id);
