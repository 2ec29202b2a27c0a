-- The role of license administrator is the bit 32 of a set of roles. What an offer is for besides delegated
-- administration; one that is for more can leave that out, and then asks for no role.
--
-- SQLite cannot change a constraint. What only widens a CHECK leaves all rows as they are, so the text of the tables is
-- written anew instead of the tables (sqlite.org/lang_altertable.html, section 7): no row is copied, and nothing that
-- refers to them is touched. RESET has this connection read the schema again; other connections do so because the
-- column below changes the schema's number in the same transaction.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (roles BETWEEN 1 AND 31)', 'CHECK (roles BETWEEN 0 AND 63)')
WHERE type = 'table' AND name = 'offers';

UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (roles BETWEEN 1 AND 31)', 'CHECK (roles BETWEEN 1 AND 63)')
WHERE type = 'table' AND name IN ('grants', 'offer_templates');

UPDATE sqlite_schema
SET sql = replace(sql, '''global_administrator'')', '''global_administrator'', ''license_administrator'')')
WHERE type = 'table' AND name = 'users';

PRAGMA writable_schema = RESET;

ALTER TABLE offers ADD COLUMN content TEXT NOT NULL DEFAULT 'delegation'
    CHECK (content IN ('delegation', 'trial', 'purchase'))
    CHECK (content <> 'delegation' OR roles > 0)
    CHECK (content = 'delegation' OR single_use);
