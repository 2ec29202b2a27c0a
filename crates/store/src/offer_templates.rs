//! What a partner's new offers can start with.

use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, GrantDays, LinkDays, RoleSet, TemplateId};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{execute, fetch_all, fetch_one, fetch_optional},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: TemplateId,
    pub partner_id: CompanyId,
    pub name: String,
    pub roles: RoleSet,
    pub days: GrantDays,
    pub link_days: LinkDays,
    pub single_use: bool,
    pub message: Option<String>,
    /// Of a partner's templates, at most one is: what a new offer starts with.
    pub is_default: bool,
    /// Raised by each change, so that an older form does not write over a newer one.
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct TemplateRow {
    id: Uuid,
    partner_id: Uuid,
    name: String,
    roles: i16,
    days: i16,
    link_days: i16,
    single_use: bool,
    message: Option<String>,
    is_default: bool,
    version: i64,
    created_at: DateTime<Utc>,
}

impl TryFrom<TemplateRow> for Template {
    type Error = StoreError;

    fn try_from(row: TemplateRow) -> StoreResult<Self> {
        let link_days = LinkDays::new(row.link_days.into());
        Ok(Self {
            id: TemplateId(row.id),
            partner_id: CompanyId(row.partner_id),
            name: row.name,
            roles: RoleSet::from_bits(row.roles).ok_or(StoreError::Corrupt("offer_templates.roles"))?,
            days: GrantDays::new(row.days.into()).map_err(|_| StoreError::Corrupt("offer_templates.days"))?,
            link_days: link_days.map_err(|_| StoreError::Corrupt("offer_templates.link_days"))?,
            single_use: row.single_use,
            message: row.message,
            is_default: row.is_default,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// Keeps a template; `false` where the partner has one of this name. It is not the default yet.
pub async fn insert(conn: &mut Conn, template: &Template, name_key: &str) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO offer_templates (id, partner_id, name, name_key, roles, days, link_days, single_use, message,
                                      is_default, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE, $10, $11)
         ON CONFLICT (partner_id, name_key) DO NOTHING",
        template.id.0,
        template.partner_id.0,
        &template.name,
        name_key,
        template.roles.bits(),
        template.days.get().cast_signed(),
        template.link_days.get().cast_signed(),
        template.single_use,
        &template.message,
        template.version,
        template.created_at,
    );
    Ok(rows == 1)
}

/// Changes a template as it was read; `false` where it was changed or deleted meanwhile.
pub async fn update(conn: &mut Conn, template: &Template, name_key: &str) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offer_templates SET name = $4, name_key = $5, roles = $6, days = $7, link_days = $8, single_use = $9,
                message = $10, version = version + 1
         WHERE partner_id = $1 AND id = $2 AND version = $3",
        template.partner_id.0,
        template.id.0,
        template.version,
        &template.name,
        name_key,
        template.roles.bits(),
        template.days.get().cast_signed(),
        template.link_days.get().cast_signed(),
        template.single_use,
        &template.message,
    );
    Ok(rows == 1)
}

pub async fn by_id(conn: &mut Conn, partner: CompanyId, id: TemplateId) -> StoreResult<Option<Template>> {
    fetch_optional!(
        conn,
        TemplateRow,
        "SELECT * FROM offer_templates WHERE partner_id = $1 AND id = $2",
        partner.0,
        id.0
    )
    .map(TryInto::try_into)
    .transpose()
}

/// Whether another template than this has a name.
pub async fn name_is_taken(conn: &mut Conn, partner: CompanyId, id: TemplateId, name_key: &str) -> StoreResult<bool> {
    let found: Option<(Uuid,)> = fetch_optional!(
        conn,
        (Uuid,),
        "SELECT id FROM offer_templates WHERE partner_id = $1 AND name_key = $3 AND id <> $2",
        partner.0,
        id.0,
        name_key,
    );
    Ok(found.is_some())
}

/// A partner's templates by name; at most `limit`.
pub async fn list(conn: &mut Conn, partner: CompanyId, limit: i64) -> StoreResult<Vec<Template>> {
    let rows = fetch_all!(
        conn,
        TemplateRow,
        "SELECT * FROM offer_templates WHERE partner_id = $1 ORDER BY name_key LIMIT $2",
        partner.0,
        limit,
    );
    rows.into_iter().map(TryInto::try_into).collect()
}

pub async fn count(conn: &mut Conn, partner: CompanyId) -> StoreResult<i64> {
    let (count,): (i64,) =
        fetch_one!(conn, (i64,), "SELECT count(*) FROM offer_templates WHERE partner_id = $1", partner.0);
    Ok(count)
}

/// Makes a template the default in the place of another; without one, there is none.
pub async fn choose_default(conn: &mut Conn, partner: CompanyId, id: Option<TemplateId>) -> StoreResult<bool> {
    execute!(conn, "UPDATE offer_templates SET is_default = FALSE WHERE partner_id = $1 AND is_default", partner.0);
    let Some(id) = id else { return Ok(true) };
    let rows = execute!(
        conn,
        "UPDATE offer_templates SET is_default = TRUE WHERE partner_id = $1 AND id = $2",
        partner.0,
        id.0,
    );
    Ok(rows == 1)
}

/// `false` where it is deleted already.
pub async fn delete(conn: &mut Conn, partner: CompanyId, id: TemplateId) -> StoreResult<bool> {
    let rows = execute!(conn, "DELETE FROM offer_templates WHERE partner_id = $1 AND id = $2", partner.0, id.0);
    Ok(rows == 1)
}
