//! What marks people beyond name and picture, whether they stand in a list or not.

use migrate_model::{CustomField, Value};

/// The custom fields of a bot and of somebody of another workspace.
pub(crate) struct Marks<'m> {
    fields: [CustomField<'m>; 2],
    is_bot: bool,
    has_team: bool,
}

impl<'m> Marks<'m> {
    /// The marks of somebody; `other_team` is empty for who belongs here.
    pub(crate) fn new(is_bot: bool, other_team: &'m str) -> Marks<'m> {
        Marks {
            fields: [
                ("is_bot".into(), Value::Bool(true)),
                ("slack_team".into(), Value::from(other_team)),
            ],
            is_bot,
            has_team: !other_team.is_empty(),
        }
    }

    /// Those that somebody has.
    pub(crate) fn fields(&self) -> &[CustomField<'m>] {
        let [bot, team] = &self.fields;
        match (self.is_bot, self.has_team) {
            (true, true) => &self.fields,
            (true, false) => std::slice::from_ref(bot),
            (false, true) => std::slice::from_ref(team),
            (false, false) => &[],
        }
    }
}

/// The workspace of somebody, if it is not the one at home here; where neither or one of them is
/// known, nobody is a stranger.
pub(crate) fn other_team<'m>(team: &'m str, home_team: &str) -> &'m str {
    let is_other = !home_team.is_empty() && team != home_team;
    if is_other { team } else { "" }
}
