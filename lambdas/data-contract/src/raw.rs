//! A contract as it is written: the parts of the Open Data Contract Standard that are used here.

use serde::Deserialize;
use serde_yaml::Value;

#[derive(Deserialize)]
pub(crate) struct Contract {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) schema: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Table {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) quality: Vec<Quality>,
    #[serde(default)]
    pub(crate) custom_properties: Vec<Custom>,
    pub(crate) properties: Vec<Property>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) logical_type: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) logical_type_options: Options,
    #[serde(default)]
    pub(crate) quality: Vec<Quality>,
    pub(crate) transform_logic: Option<String>,
    #[serde(default)]
    pub(crate) custom_properties: Vec<Custom>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)] // a limit that is not enforced is none
pub(crate) struct Options {
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Quality {
    pub(crate) metric: Option<String>,
    pub(crate) engine: Option<String>,
    pub(crate) implementation: Option<String>,
    pub(crate) must_be_between: Option<(u64, u64)>,
    pub(crate) must_be: Option<f64>,
    pub(crate) must_be_less_than: Option<f64>,
    pub(crate) unit: Option<String>,
    #[serde(default)]
    pub(crate) arguments: Arguments,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Arguments {
    pub(crate) properties: Option<Vec<String>>,
    pub(crate) valid_values: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(crate) struct Custom {
    pub(crate) property: String,
    pub(crate) value: Value,
}

/// The value of `imputation`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imputation {
    pub(crate) method: String,
    pub(crate) of: String,
    pub(crate) factor: f64,
}
