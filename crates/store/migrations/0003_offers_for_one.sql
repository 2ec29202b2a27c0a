-- One text for both engines, as in 0001.

-- Who may use an offer. `addressed_to` is a domain or user name as it was written; whose it is, is asked when somebody
-- answers, and never said to the partner. `answer` is what came of an offer for one company.
ALTER TABLE offers ADD COLUMN single_use BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE offers ADD COLUMN addressed_to TEXT COLLATE "C" CHECK (addressed_to IS NULL OR single_use);
ALTER TABLE offers ADD COLUMN answer TEXT COLLATE "C" NOT NULL DEFAULT 'none' CHECK (answer IN ('none', 'declined', 'used'));
ALTER TABLE offers ADD COLUMN message TEXT;

-- To whom the offer is mailed, and when to remind them.
ALTER TABLE offers ADD COLUMN addressee_email TEXT;
ALTER TABLE offers ADD COLUMN mailings SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE offers ADD COLUMN mailed_at TIMESTAMPTZ;
ALTER TABLE offers ADD COLUMN reminders SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE offers ADD COLUMN next_reminder_at TIMESTAMPTZ;
ALTER TABLE offers ADD COLUMN mail_stopped_at TIMESTAMPTZ;

CREATE INDEX offers_to_remind ON offers (next_reminder_at) WHERE next_reminder_at IS NOT NULL;

-- A partner's list of offers, in each of its orders, and by status.
CREATE INDEX offers_by_id ON offers (partner_id, id);
CREATE INDEX offers_by_link_end ON offers (partner_id, link_ends_at, id);
CREATE INDEX offers_by_status ON offers (partner_id, state, answer, id);

-- Offers that were made together. The id comes from the form, so that sending it twice makes them once.
CREATE TABLE offer_batches (
    id UUID PRIMARY KEY,
    partner_id UUID NOT NULL REFERENCES companies (id),
    name TEXT NOT NULL CHECK (name <> ''),
    created_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL
);

ALTER TABLE offers ADD COLUMN batch_id UUID REFERENCES offer_batches (id);
ALTER TABLE offers ADD COLUMN batch_row SMALLINT;
ALTER TABLE offers ADD COLUMN addressee_name TEXT;

CREATE UNIQUE INDEX offers_by_batch ON offers (batch_id, batch_row) WHERE batch_id IS NOT NULL;

-- What a new offer can start with.
CREATE TABLE offer_templates (
    id UUID PRIMARY KEY,
    partner_id UUID NOT NULL REFERENCES companies (id),
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT COLLATE "C" NOT NULL,
    roles SMALLINT NOT NULL CHECK (roles BETWEEN 1 AND 31),
    days SMALLINT NOT NULL CHECK (days BETWEEN 1 AND 730),
    link_days SMALLINT NOT NULL CHECK (link_days BETWEEN 1 AND 90),
    single_use BOOLEAN NOT NULL,
    message TEXT,
    is_default BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (partner_id, name_key)
);

CREATE UNIQUE INDEX offer_templates_one_default ON offer_templates (partner_id) WHERE is_default;
