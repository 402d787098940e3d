"""The model card that is registered with the package: SageMaker's schema for the cards of model packages.

The registry takes the card as one string of at most 100,000 characters on one line, and refuses keys that it does not
know. Of `model_overview`, a package's card may only have the creator and the artifact.
"""

from __future__ import annotations

import json

MOST_CHARACTERS = 100_000
UNIT = "RMSE and MAE in 100,000 USD."


def model_card(evaluation: dict, note: dict, split: dict) -> str:
    content = {
        "model_overview": {"model_creator": "The housing pipeline of Towpath"},
        "intended_uses": {
            "purpose_of_model": "Estimate the median value of the houses of a Californian census block group.",
            "intended_uses": "Demonstration of an operated model; comparison of block groups as they were in 1990.",
            "factors_affecting_model_efficiency": "Places far from every block group of the training data, values "
            "outside of the ranges of the data contract, and any year other than 1990.",
            "risk_rating": "Low",
            "explanations_for_risk_rating": "Public data about groups of households; nobody is decided upon.",
        },
        "business_details": {"business_problem": "What are the houses of a neighbourhood worth?"},
        "training_details": {
            "objective_function": {
                "function": {"function": "Minimize", "facet": "RMSE"},
                "notes": f"XGBoost's {note['objective']}.",
            },
            "training_observations": f"{split['random']['train']} of {split['data']['rows']} rows, contract "
            f"{split['contract']['version']}.",
            "training_job_details": {
                "hyper_parameters": [
                    {"name": name, "value": str(value)} for name, value in note["hyperparameters"].items()
                ],
            },
        },
        "evaluation_details": [
            evaluation_detail(
                "Random split",
                "20 % of the rows, held back at random: how well the model fills gaps between known places.",
                evaluation["random"],
                evaluation["baseline"]["random"],
            ),
            evaluation_detail(
                "Spatial split",
                f"{len(split['spatial']['held_out_cells'])} of {split['spatial']['cells']} cells of half a degree, "
                "held back whole: how well the recipe does in places that it has not seen.",
                evaluation["spatial"],
                evaluation["baseline"]["spatial"],
            ),
            segments_detail(evaluation),
        ],
        "additional_information": {
            "ethical_considerations": "House values follow the segregation of 1990; the model repeats what it was shown.",
            "caveats_and_recommendations": "Values of 500,000 USD and more are cut off in the data: the model does "
            "not know what lies above. Trust predictions for unseen places as far as the spatial split says.",
            "custom_details": {
                "features": ", ".join(evaluation["features"]),
                "input_sha256": evaluation["data"]["input_sha256"],
                "features_sha256": evaluation["data"]["features_sha256"],
                "xgboost": note["xgboost"],
            },
        },
    }
    card = json.dumps(content, separators=(",", ":"))
    if len(card) > MOST_CHARACTERS:
        raise ValueError(f"the model card has {len(card)} characters, the registry takes {MOST_CHARACTERS}")
    return card


def evaluation_detail(name: str, observation: str, model: dict, baseline: dict) -> dict:
    return {
        "name": name,
        "evaluation_observation": f"{observation} {UNIT}",
        "metric_groups": [
            {"name": "XGBoost", "metric_data": numbers(model)},
            {"name": "Linear baseline", "metric_data": numbers(baseline)},
        ],
    }


def segments_detail(evaluation: dict) -> dict:
    return {
        "name": "Kinds of place",
        "evaluation_observation": f"The random split, by ocean_proximity. {UNIT}",
        "metric_groups": [
            {"name": name, "metric_data": numbers(scores)} for name, scores in evaluation["segments"].items()
        ],
    }


def numbers(scores: dict) -> list[dict]:
    return [
        {"name": name, "type": "number", "value": round(value, 6)}
        for name, value in scores.items()
        if value is not None
    ]
