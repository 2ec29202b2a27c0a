-- One text for both engines.

-- Who added a domain, and of which company they are: they are told when it is verified.
ALTER TABLE domains ADD COLUMN added_by UUID REFERENCES users (id);
ALTER TABLE domains ADD COLUMN added_in UUID REFERENCES companies (id);
-- When a claim is looked for by itself.
ALTER TABLE domains ADD COLUMN next_check_at TIMESTAMPTZ;
-- The zone that holds the domain and its name servers, as the DNS last told them: the provider is known by these.
ALTER TABLE domains ADD COLUMN zone TEXT;
ALTER TABLE domains ADD COLUMN name_servers TEXT;
-- The domain of the same company that it lies under, where that was its proof and not a record of its own.
ALTER TABLE domains ADD COLUMN verified_under TEXT;
-- The company's first choice for new user names.
ALTER TABLE domains ADD COLUMN is_default BOOLEAN NOT NULL DEFAULT FALSE CHECK (NOT is_default OR status = 'verified');

CREATE UNIQUE INDEX domains_one_default ON domains (company_id) WHERE is_default;
CREATE INDEX domains_to_check ON domains (next_check_at) WHERE status = 'pending';

-- Claims from before are looked for at once.
UPDATE domains SET next_check_at = created_at WHERE status = 'pending';
