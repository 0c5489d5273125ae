//! How the tables seen are called in a configuration: as briefly as the pipeline can still tell them
//! apart.

use crate::declared::Place;

impl Place {
    /// Whether nothing says that these are two tables: what one leaves out, the other may say.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| {
            one.is_none() || other.is_none() || one == other
        };
        // What is a database to one producer is a schema to another.
        let outer = match (self.only(), other.only()) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        self.table == other.table
            && same(&self.database, &other.database)
            && same(&self.schema, &other.schema)
            && outer
    }

    /// The file that its rules belong into: one a database.
    pub(super) fn family(&self) -> Option<&str> {
        self.database.as_deref().or(self.schema.as_deref())
    }

    /// Database or schema, where it has only one of the two.
    fn only(&self) -> Option<&String> {
        self.database.as_ref().xor(self.schema.as_ref())
    }

    fn dotted(&self, with_database: bool) -> String {
        let database = self.database.as_deref().filter(|_| with_database || self.schema.is_none());
        let parts = [database, self.schema.as_deref(), Some(&*self.table)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(".")
    }
}

/// The name of each place: the table's own, but where another of that name is elsewhere; then with
/// its schema, and with its database where that isn't enough. Places that get the same name are the
/// same table.
pub(super) fn names(places: &[&Place]) -> Vec<String> {
    places.iter().map(|place| name(place, places)).collect()
}

fn name(place: &Place, places: &[&Place]) -> String {
    let namesakes = || places.iter().filter(|other| other.table == place.table);
    let apart = namesakes().any(|one| namesakes().any(|other| !one.may_be(other)));
    if !apart {
        return place.table.clone();
    }
    let short = place.dotted(false);
    let taken = namesakes().any(|other| !other.may_be(place) && other.dotted(false) == short);
    if taken { place.dotted(true) } else { short }
}

#[cfg(test)]
mod tests {
    use super::names;
    use crate::declared::Place;

    /// Places as `database/schema/table`, parts that are left out empty.
    #[track_caller]
    fn check(places: &[&str], expected: &[&str]) {
        let places: Vec<Place> = places
            .iter()
            .map(|place| {
                let parts: Vec<_> = place.split('/').collect();
                let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
                Place { database: part(parts[0]), schema: part(parts[1]), table: parts[2].into() }
            })
            .collect();
        assert_eq!(names(&places.iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn a_name_is_qualified_only_where_two_tables_have_it() {
        check(&["core/public/users", "core/public/calls"], &["users", "calls"]);
        check(&["core/public/users", "core/crm/users"], &["public.users", "crm.users"]);
        check(&["a/public/users", "b/public/users"], &["a.public.users", "b.public.users"]);
        check(&["a//users", "b//users"], &["a.users", "b.users"]);
        check(&["/a/users", "/b/users", "/b/calls"], &["a.users", "b.users", "calls"]);
    }

    #[test]
    fn what_one_producer_leaves_out_makes_no_second_table() {
        check(&["core/public/users", "/public/users", "//users"], &["users"; 3]);
        check(&["shop//users", "/shop/users"], &["users"; 2]);
        check(&["shop//users", "/crm/users"], &["shop.users", "crm.users"]);
        check(
            &["a/public/users", "b/public/users", "/public/users", "//users"],
            &["a.public.users", "b.public.users", "public.users", "users"],
        );
        check(&["shop//users", "core/shop/users"], &["shop.users", "core.shop.users"]);
    }
}
