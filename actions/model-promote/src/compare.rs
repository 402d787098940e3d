//! Champion against challenger: is the difference more than luck? Pure functions of two scores.
//!
//! A score was measured on some rows, and would have come out differently on others; `rmse_noise` says by how much. A
//! difference within the noise of both together is no difference: one of three such pairs comes out so by chance alone.

use crate::evaluation::{Evaluation, Score};

/// What a difference is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Judgement {
    /// Beyond noise.
    Worse,
    /// The noise of neither is known.
    NoMeasure,
    /// Within noise.
    NotBetterThanNoise,
    /// Beyond noise.
    Better,
}

impl Judgement {
    /// As people read it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::NoMeasure => "noise not known",
            Self::NotBetterThanNoise => "not better than noise",
            Self::Better => "better",
        }
    }
}

/// One score against another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Compared {
    /// The challenger's RMSE less the champion's: below zero is better.
    pub(crate) difference: f64,
    /// The noise of both together.
    pub(crate) noise: Option<f64>,
    pub(crate) judgement: Judgement,
}

/// The challenger's score against the champion's. Where the noise of one is not known, the other's stands for it.
pub(crate) fn compare(champion: Score, challenger: Score) -> Compared {
    let difference = challenger.rmse - champion.rmse;
    let either = champion.rmse_noise.or(challenger.rmse_noise);
    let noise = either.map(|either| {
        champion
            .rmse_noise
            .unwrap_or(either)
            .hypot(challenger.rmse_noise.unwrap_or(either))
    });
    let judgement = match noise {
        None => Judgement::NoMeasure,
        Some(noise) if difference < -noise => Judgement::Better,
        Some(noise) if difference > noise => Judgement::Worse,
        Some(_) => Judgement::NotBetterThanNoise,
    };
    Compared {
        difference,
        noise,
        judgement,
    }
}

/// All in all: worse if it is worse on either split, better if it is better on one of them.
pub(crate) fn overall(champion: &Evaluation, challenger: &Evaluation) -> Judgement {
    let random = compare(champion.random, challenger.random).judgement;
    let spatial = compare(champion.spatial, challenger.spatial).judgement;
    match random.min(spatial) {
        Judgement::Worse => Judgement::Worse,
        _ => random.max(spatial),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(rmse: f64, rmse_noise: Option<f64>) -> Score {
        Score {
            rows: None,
            rmse,
            rmse_noise,
        }
    }

    #[test]
    fn a_difference_counts_beyond_the_noise_of_both() {
        let champion = score(0.452, Some(0.007));
        let judged = |rmse| compare(champion, score(rmse, Some(0.007))).judgement;
        assert_eq!(judged(0.441), Judgement::Better);
        assert_eq!(judged(0.443), Judgement::NotBetterThanNoise);
        assert_eq!(judged(0.452), Judgement::NotBetterThanNoise);
        assert_eq!(judged(0.461), Judgement::NotBetterThanNoise);
        assert_eq!(judged(0.463), Judgement::Worse);
        let compared = compare(champion, score(0.441, Some(0.0)));
        assert!((compared.noise.unwrap() - 0.007).abs() < 1e-12);
        assert!((compared.difference + 0.011).abs() < 1e-12);
    }

    #[test]
    fn without_a_measure_of_noise_nothing_is_better() {
        let judged = |one, other| compare(score(0.5, one), score(0.4, other)).judgement;
        assert_eq!(judged(None, None), Judgement::NoMeasure);
        assert_eq!(judged(Some(0.01), None), Judgement::Better);
        assert_eq!(judged(None, Some(0.2)), Judgement::NotBetterThanNoise);
    }
}
