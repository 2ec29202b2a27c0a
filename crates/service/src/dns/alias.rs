use hickory_resolver::{
    TokioResolver,
    proto::rr::{Name, RData, RecordType},
};

use super::TxtAnswer;

/// As long as a chain of aliases can be and is still followed.
const LONGEST: usize = 8;

/// Why nothing is found at a name, where it is an alias (CNAME); `None` where it is none.
pub async fn follow(resolver: &TokioResolver, name: &Name) -> Option<TxtAnswer> {
    let mut passed = vec![name.to_lowercase()];
    while let Some(target) = target(resolver, passed.last()?).await {
        if passed.contains(&target) || passed.len() >= LONGEST {
            return Some(TxtAnswer::AliasLoop);
        }
        passed.push(target);
    }
    let last = passed.last()?;
    (passed.len() > 1).then(|| TxtAnswer::AliasToNothing { target: last.to_ascii().trim_end_matches('.').to_owned() })
}

async fn target(resolver: &TokioResolver, name: &Name) -> Option<Name> {
    let found = resolver.lookup(name.clone(), RecordType::CNAME).await.ok()?;
    found.answers().iter().filter(|record| record.name.to_lowercase() == *name).find_map(|record| match &record.data {
        RData::CNAME(target) => Some(target.to_lowercase()),
        _ => None,
    })
}
