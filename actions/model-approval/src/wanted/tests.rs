//! Each way from a resource of the plan to a model package, and each that leads nowhere, on small plans.

use evidence::Unresolved;
use serde_json::{Value, json};
use tfplan::PlanJson;

use super::{ENDPOINT, ENDPOINT_CONFIG, MODEL, Wanted, What, wanted};

const ARN: &str = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/housing/7";

/// A resource that the plan creates, called `this`.
fn resource(kind: &str, after: Value, unknown: Value) -> Value {
    json!({
        "address": format!("{kind}.this"), "mode": "managed", "type": kind, "name": "this",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["create"], "before": null, "after": after, "after_unknown": unknown,
            "before_sensitive": false, "after_sensitive": {},
        },
    })
}

fn doing(mut resource: Value, actions: Value) -> Value {
    resource["change"]["actions"] = actions;
    resource["change"]["before"] = resource["change"]["after"].clone();
    resource
}

fn in_module(mut resource: Value, module: &str) -> Value {
    resource["module_address"] = json!(module);
    resource["address"] = json!(format!(
        "{module}.{}",
        resource["address"].as_str().unwrap()
    ));
    resource
}

fn model() -> Value {
    resource(
        MODEL,
        json!({"name": "housing", "primary_container": [{"model_package_name": ARN}]}),
        json!({}),
    )
}

/// An endpoint configuration that names its model by a reference that is only known after apply.
fn unknown_model() -> Value {
    resource(
        ENDPOINT_CONFIG,
        json!({"production_variants": [{"variant_name": "blue"}]}),
        json!({"production_variants": [{"model_name": true}]}),
    )
}

fn referring(kind: &str, expressions: Value) -> Value {
    json!({"root_module": {"resources": [
        {"address": format!("{kind}.this"), "mode": "managed", "type": kind, "name": "this", "expressions": expressions},
    ]}})
}

fn search(changes: Vec<Value>, configuration: Value) -> (Vec<Wanted>, Vec<Unresolved>) {
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "resource_changes": changes, "configuration": configuration,
    });
    wanted(&PlanJson::from_value(plan).unwrap())
}

/// What is wanted without reasons against anything.
#[track_caller]
fn found(changes: Vec<Value>, configuration: Value) -> Vec<What> {
    let (wanted, unresolved) = search(changes, configuration);
    assert_eq!(unresolved, []);
    wanted.into_iter().map(|wanted| wanted.what).collect()
}

/// Why nothing is wanted.
#[track_caller]
fn lost(changes: Vec<Value>, configuration: Value) -> Vec<String> {
    let (wanted, unresolved) = search(changes, configuration);
    assert_eq!(wanted, []);
    unresolved.into_iter().map(|lost| lost.because).collect()
}

fn package() -> What {
    What::Package(ARN.to_owned())
}

#[test]
fn a_model_leads_to_the_package_of_each_container() {
    assert_eq!(found(vec![model()], json!({})), [package()]);
    let pipeline =
        json!({"container": [{"model_package_name": ARN}, {"model_package_name": "housing"}]});
    let expected = [package(), What::Package("housing".to_owned())];
    assert_eq!(
        found(vec![resource(MODEL, pipeline, json!({}))], json!({})),
        expected
    );
}

#[test]
fn only_what_takes_effect_is_followed() {
    let effective = [
        json!(["update"]),
        json!(["delete", "create"]),
        json!(["create", "delete"]),
    ];
    for actions in effective {
        let found = found(vec![doing(model(), actions.clone())], json!({}));
        assert_eq!(found, [package()], "{actions}");
    }
    for actions in [json!(["no-op"]), json!(["delete"]), json!(["forget"])] {
        let found = found(vec![doing(model(), actions.clone())], json!({}));
        assert_eq!(found, [], "{actions}");
    }
}

#[test]
fn a_model_that_belongs_to_no_package_is_lost() {
    let cases = [
        (
            json!({"primary_container": [{"image": "x"}]}),
            json!({}),
            "serves an image and data that belong to no model package",
        ),
        (
            json!({"primary_container": [{"model_package_name": ""}]}),
            json!({}),
            "serves an image and data that belong to no model package",
        ),
        (
            json!({"primary_container": [{}]}),
            json!({"primary_container": [{"model_package_name": true}]}),
            "names a model package that is only known after apply",
        ),
        (
            json!({}),
            json!({"container": true}),
            "has a `container` that is only known after apply",
        ),
        (
            json!({"primary_container": []}),
            json!({}),
            "has no container",
        ),
    ];
    for (after, unknown, because) in cases {
        assert_eq!(
            lost(vec![resource(MODEL, after, unknown)], json!({})),
            [because]
        );
    }
}

#[test]
fn an_endpoint_configuration_names_models_of_every_kind_of_variant() {
    let variants = json!({
        "production_variants": [{"model_name": "blue"}, {"model_name": "green"}, {"model_name": "blue"}],
        "shadow_production_variants": [{"model_name": "shadow"}],
    });
    let names = ["blue", "green", "shadow"].map(|name| What::Model(name.to_owned()));
    assert_eq!(
        found(
            vec![resource(ENDPOINT_CONFIG, variants, json!({}))],
            json!({})
        ),
        names
    );
}

#[test]
fn an_endpoint_configuration_that_names_no_model_is_lost() {
    let cases = [
        (
            json!({"production_variants": [{"variant_name": "a"}]}),
            json!({}),
            "has `production_variants` that name no model",
        ),
        (
            json!({}),
            json!({"shadow_production_variants": true}),
            "has `shadow_production_variants` that are only known after apply",
        ),
        (
            json!({"production_variants": []}),
            json!({}),
            "has no variant",
        ),
    ];
    for (after, unknown, because) in cases {
        assert_eq!(
            lost(vec![resource(ENDPOINT_CONFIG, after, unknown)], json!({})),
            [because]
        );
    }
}

#[test]
fn a_model_of_this_plan_is_followed_once_and_by_itself() {
    let config = || {
        resource(
            ENDPOINT_CONFIG,
            json!({"production_variants": [{"model_name": "housing"}]}),
            json!({}),
        )
    };
    assert_eq!(found(vec![model(), config()], json!({})), [package()]);
    // what stays as it is goes into service by the configuration that now names it
    let kept = doing(model(), json!(["no-op"]));
    let (wanted, unresolved) = search(vec![kept, config()], json!({}));
    assert_eq!(unresolved, []);
    let by = format!("{ENDPOINT_CONFIG}.this");
    assert_eq!(
        wanted,
        [Wanted {
            by,
            what: package()
        }]
    );
}

#[test]
fn a_name_that_is_not_known_yet_is_followed_by_its_reference() {
    let refers = |reference: &str| {
        referring(
            ENDPOINT_CONFIG,
            json!({"production_variants": [{"model_name": {"references": [reference]}}]}),
        )
    };
    let lost_to = ["names a model that is only known after apply"];
    for reference in [
        "aws_sagemaker_model.this.name",
        "aws_sagemaker_model.this[0].name",
        "aws_sagemaker_model.this",
    ] {
        assert_eq!(
            found(vec![model(), unknown_model()], refers(reference)),
            [package()],
            "{reference}"
        );
        assert_eq!(
            lost(vec![unknown_model()], refers(reference)),
            lost_to,
            "{reference}"
        );
    }
    for reference in [
        "aws_sagemaker_model.other.name",
        "var.model",
        "module.serving.model_name",
        "aws_sagemaker_modelx.this",
    ] {
        let (_, unresolved) = search(vec![model(), unknown_model()], refers(reference));
        assert_eq!(unresolved.len(), 1, "{reference}");
    }
}

#[test]
fn a_reference_stays_in_its_module() {
    let configuration = json!({"root_module": {"module_calls": {"serving": {"module":
        referring(ENDPOINT_CONFIG, json!({"production_variants": [{"model_name": {"references": ["aws_sagemaker_model.this.name"]}}]}))["root_module"]
    }}}});
    let config = || in_module(unknown_model(), "module.serving");
    let inside = vec![in_module(model(), "module.serving"), config()];
    assert_eq!(found(inside, configuration.clone()), [package()]);
    let (_, unresolved) = search(vec![model(), config()], configuration);
    assert_eq!(
        unresolved.len(),
        1,
        "another module's model of the same name is another one"
    );
}

#[test]
fn an_endpoint_leads_to_its_configuration() {
    let endpoint = |after, unknown| resource(ENDPOINT, after, unknown);
    let named = || endpoint(json!({"endpoint_config_name": "old"}), json!({}));
    assert_eq!(
        found(vec![named()], json!({})),
        [What::EndpointConfig("old".to_owned())]
    );
    let config = resource(
        ENDPOINT_CONFIG,
        json!({"name": "old", "production_variants": [{"model_name": "m"}]}),
        json!({}),
    );
    let kept = doing(config, json!(["no-op"]));
    assert_eq!(
        found(vec![named(), kept], json!({})),
        [What::Model("m".to_owned())]
    );
    let later = endpoint(json!({}), json!({"endpoint_config_name": true}));
    assert_eq!(
        lost(vec![later.clone()], json!({})),
        ["names an endpoint configuration that is only known after apply"]
    );
    let refers = referring(
        ENDPOINT,
        json!({"endpoint_config_name": {"references": ["aws_sagemaker_endpoint_configuration.this.name"]}}),
    );
    let made = resource(
        ENDPOINT_CONFIG,
        json!({"production_variants": [{"model_name": "m"}]}),
        json!({"name": true}),
    );
    assert_eq!(
        found(vec![later, made], refers),
        [What::Model("m".to_owned())]
    );
    assert_eq!(
        lost(vec![endpoint(json!({}), json!({}))], json!({})),
        ["names no endpoint configuration"]
    );
}

#[test]
fn nothing_else_is_looked_at() {
    let bucket = resource(
        "aws_s3_bucket",
        json!({"model_package_name": ARN}),
        json!({}),
    );
    let mut data = model();
    data["mode"] = json!("data");
    assert_eq!(found(vec![bucket, data], json!({})), []);
}
