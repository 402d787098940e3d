//! The file as XGBoost writes it, and why one is refused.
//!
//! Numbers that describe the model are texts there (`"num_feature":"13"`); the base score is `"2.07E0"` before version 3.1 and
//! `"[2.07E0]"` from then on. Members that say nothing about predictions are not read.

use serde::Deserialize;

/// Why a model is not scored
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Not JSON, or not a model of XGBoost
    #[error("the file is not a model that XGBoost saved as JSON")]
    Json(#[from] serde_json::Error),
    /// Older than the format is known to be the same
    #[error("the model was saved by XGBoost {}, only 1.7 and later are known", dotted(.0))]
    Version(Vec<u32>),
    /// A booster that is not a sum of trees
    #[error("the booster `{0}` is not known, only `gbtree`")]
    Booster(String),
    /// An objective whose predictions are not known
    #[error("the objective `{0}` is not known")]
    Objective(String),
    /// More than one number per row
    #[error("the model has {0} outputs per row, only one is known")]
    Outputs(u32),
    /// A member holds what XGBoost never writes there
    #[error("`{member}` cannot be `{value}`")]
    Value { member: &'static str, value: String },
    /// A tree that does not hang together
    #[error("tree {tree}: {reason}")]
    Tree { tree: usize, reason: &'static str },
}

fn dotted(version: &[u32]) -> String {
    let parts: Vec<String> = version.iter().map(u32::to_string).collect();
    parts.join(".")
}

#[derive(Deserialize)]
pub(crate) struct Saved {
    pub(crate) version: Vec<u32>,
    pub(crate) learner: Learner,
}

#[derive(Deserialize)]
pub(crate) struct Learner {
    #[serde(default)]
    pub(crate) feature_names: Vec<String>,
    pub(crate) gradient_booster: Booster,
    pub(crate) learner_model_param: Parameters,
    pub(crate) objective: Named,
}

#[derive(Deserialize)]
pub(crate) struct Booster {
    pub(crate) name: String,
    /// Not there for boosters of another form, which are refused by their name
    #[serde(default)]
    pub(crate) model: Option<Trees>,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
}

#[derive(Deserialize)]
pub(crate) struct Parameters {
    pub(crate) base_score: String,
    pub(crate) num_feature: String,
    #[serde(default)]
    pub(crate) num_class: String,
    #[serde(default)]
    pub(crate) num_target: String,
}

/// `dart` and `gblinear` have a model too, without some of these
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Trees {
    pub(crate) trees: Vec<SavedTree>,
}

/// Nodes by column; a leaf has no left child, and its value where others have their condition
#[derive(Deserialize)]
pub(crate) struct SavedTree {
    pub(crate) left_children: Vec<i32>,
    pub(crate) right_children: Vec<i32>,
    pub(crate) split_indices: Vec<u32>,
    pub(crate) split_conditions: Vec<f32>,
    pub(crate) default_left: Vec<Flag>,
    #[serde(default)]
    pub(crate) split_type: Vec<u8>,
    #[serde(default)]
    pub(crate) categories: Vec<u32>,
    #[serde(default)]
    pub(crate) categories_nodes: Vec<u32>,
    #[serde(default)]
    pub(crate) categories_segments: Vec<usize>,
    #[serde(default)]
    pub(crate) categories_sizes: Vec<usize>,
    pub(crate) tree_param: TreeParameters,
}

#[derive(Deserialize)]
pub(crate) struct TreeParameters {
    #[serde(default)]
    pub(crate) size_leaf_vector: String,
}

/// `true` or `1`: both were written
#[derive(Deserialize)]
#[serde(from = "FlagForm")]
pub(crate) struct Flag(pub(crate) bool);

#[derive(Deserialize)]
#[serde(untagged)]
enum FlagForm {
    Number(u8),
    Bool(bool),
}

impl From<FlagForm> for Flag {
    fn from(form: FlagForm) -> Self {
        Self(match form {
            FlagForm::Number(number) => number != 0,
            FlagForm::Bool(flag) => flag,
        })
    }
}
