//! A model ready to score.

use std::borrow::Cow;

use crate::forest::Forest;
use crate::objective::Objective;
use crate::saved::{Parameters, Refused, Saved};

/// The oldest version whose format is known
const OLDEST: [u32; 2] = [1, 7];

/// Trees, and the way from their sum to a prediction
#[derive(Debug, Clone)]
pub struct Model {
    features: usize,
    names: Vec<String>,
    base: f32,
    objective: Objective,
    forest: Forest,
}

/// A row is wider than the model; a narrower one is missing its last values, as for XGBoost
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the row has {values} values, the model takes {features}")]
pub struct TooManyValues {
    pub values: usize,
    pub features: usize,
}

impl Model {
    /// Reads a model that XGBoost saved as JSON
    pub fn parse(json: &[u8]) -> Result<Self, Refused> {
        let saved: Saved = serde_json::from_slice(json)?;
        if saved
            .version
            .get(..2)
            .is_none_or(|version| version < &OLDEST[..])
        {
            return Err(Refused::Version(saved.version));
        }
        let learner = saved.learner;
        let (Some(trees), "gbtree") = (
            learner.gradient_booster.model,
            learner.gradient_booster.name.as_str(),
        ) else {
            return Err(Refused::Booster(learner.gradient_booster.name));
        };
        let objective = Objective::named(&learner.objective.name)?;
        let parameters = &learner.learner_model_param;
        one_output(parameters)?;
        let features = number("num_feature", &parameters.num_feature)? as usize;
        let base = objective.margin(base_score(parameters)?);
        let mut forest = Forest::default();
        for tree in &trees.trees {
            match number("size_leaf_vector", &tree.tree_param.size_leaf_vector)? {
                0 | 1 => forest.plant(tree, features)?,
                outputs => return Err(Refused::Outputs(outputs)),
            }
        }
        Ok(Self {
            features,
            names: learner.feature_names,
            base,
            objective,
            forest,
        })
    }

    /// How many values a row has
    pub fn features(&self) -> usize {
        self.features
    }

    /// The features' names in the order of a row; empty if the model was trained without
    pub fn feature_names(&self) -> &[String] {
        &self.names
    }

    /// The prediction for one row; `NaN` is a missing value
    pub fn score(&self, row: &[f32]) -> Result<f32, TooManyValues> {
        if row.len() > self.features {
            return Err(TooManyValues {
                values: row.len(),
                features: self.features,
            });
        }
        let mut row = Cow::Borrowed(row);
        if row.len() < self.features {
            row.to_mut().resize(self.features, f32::NAN);
        }
        let sum = self.forest.sum(self.base, &row);
        Ok(self.objective.prediction(sum))
    }
}

fn one_output(parameters: &Parameters) -> Result<(), Refused> {
    let classes = number("num_class", &parameters.num_class)?;
    let targets = number("num_target", &parameters.num_target)?;
    match classes.max(targets) {
        0 | 1 => Ok(()),
        outputs => Err(Refused::Outputs(outputs)),
    }
}

fn base_score(parameters: &Parameters) -> Result<f32, Refused> {
    let text = parameters.base_score.as_str();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse().map_err(|_| Refused::Value {
        member: "base_score",
        value: text.to_owned(),
    })
}

/// A number that the file writes as text; absent is zero
fn number(member: &'static str, text: &str) -> Result<u32, Refused> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| Refused::Value {
        member,
        value: text.to_owned(),
    })
}
