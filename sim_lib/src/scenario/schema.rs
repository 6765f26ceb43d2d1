//! The JSON Schema of scenario files, for editors.

use super::Scenario;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

/// The schema of scenario files (JSON Schema, draft 2020-12), made from the same types that read them. What it accepts may
/// still be a mistake: names that don't exist, times out of order, and limits that no schema expresses.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
    let mut schema: Schema = SchemaGenerator::new(settings).into_root_schema_for::<Scenario>();
    schema.insert("title".to_owned(), "A roadmesh scenario".into());
    schema.into()
}

/// What is optional may be left out, but not be nothing.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    }
}
