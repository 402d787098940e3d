//! What an objective does to the sum of the leaves, and to the base score that the file holds in the predictions' scale.

use crate::saved::Refused;

/// The way between the trees' scale and the predictions'
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Objective {
    /// The sum is the prediction
    Identity,
    /// The prediction is a probability
    Logistic,
    /// The trees count in logarithms
    Exponential,
}

impl Objective {
    pub(crate) fn named(name: &str) -> Result<Self, Refused> {
        match name {
            "reg:squarederror"
            | "reg:linear"
            | "reg:squaredlogerror"
            | "reg:absoluteerror"
            | "reg:pseudohubererror"
            | "reg:quantileerror"
            | "binary:logitraw" => Ok(Self::Identity),
            "reg:logistic" | "binary:logistic" => Ok(Self::Logistic),
            "count:poisson" | "reg:gamma" | "reg:tweedie" => Ok(Self::Exponential),
            other => Err(Refused::Objective(other.to_owned())),
        }
    }

    /// The base score in the trees' scale
    pub(crate) fn margin(self, base_score: f32) -> f32 {
        match self {
            Self::Identity => base_score,
            Self::Logistic => -(1.0 / base_score - 1.0).ln(),
            Self::Exponential => base_score.ln(),
        }
    }

    /// The prediction for a sum
    pub(crate) fn prediction(self, sum: f32) -> f32 {
        match self {
            Self::Identity => sum,
            // the exponent is bounded as in XGBoost, so that it cannot overflow
            Self::Logistic => 1.0 / ((-sum).min(88.7).exp() + 1.0 + 1e-16),
            Self::Exponential => sum.exp(),
        }
    }
}
