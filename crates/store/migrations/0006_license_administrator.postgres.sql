-- The role of license administrator is the bit 32 of a set of roles. What an offer is for besides delegated
-- administration; one that is for more can leave that out, and then asks for no role.
ALTER TABLE offers
    DROP CONSTRAINT offers_roles_check,
    ADD CONSTRAINT offers_roles_check CHECK (roles BETWEEN 0 AND 63),
    ADD COLUMN content TEXT NOT NULL DEFAULT 'delegation'
        CHECK (content IN ('delegation', 'trial', 'purchase'))
        CHECK (content <> 'delegation' OR roles > 0)
        CHECK (content = 'delegation' OR single_use);

ALTER TABLE grants
    DROP CONSTRAINT grants_roles_check,
    ADD CONSTRAINT grants_roles_check CHECK (roles BETWEEN 1 AND 63);

ALTER TABLE offer_templates
    DROP CONSTRAINT offer_templates_roles_check,
    ADD CONSTRAINT offer_templates_roles_check CHECK (roles BETWEEN 1 AND 63);

ALTER TABLE users
    DROP CONSTRAINT users_role_check,
    ADD CONSTRAINT users_role_check CHECK (role IN ('directory_reader', 'password_administrator', 'user_administrator', 'domain_administrator', 'global_administrator', 'license_administrator'));
