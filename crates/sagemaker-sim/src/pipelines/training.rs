//! Training jobs in script mode: channels, hyperparameters and `SM_` variables as SageMaker's framework containers hand them to a script.

use std::sync::Arc;

use regex::Regex;
use serde_json::{Value, json};

use super::archive;
use super::container::{Container, fetch, list, program, write};
use super::work::{Outcome, Work};
use crate::aws::{S3Uri, Trouble};
use crate::site::Site;
use crate::wire::Object;
use crate::world::string;

pub(super) fn train(site: &Arc<Site>, work: &Work) -> Result<Outcome, Trouble> {
    let container = Container::prepare(site, work)?;
    let (aws, request) = (site.aws(&work.caller)?, &work.request);
    let path = |inside: &str| container.root.join(inside).display().to_string();
    let mut set: Vec<(String, String)> = Vec::new();
    let (mut channels, mut names) = (Object::new(), Vec::new());
    for channel in list(&request["InputDataConfig"]) {
        let name = string(channel, "ChannelName");
        let folder = container.inside(&format!("/opt/ml/input/data/{name}"))?;
        fetch(
            &aws,
            &string(&channel["DataSource"]["S3DataSource"], "S3Uri"),
            &folder,
        )?;
        set.push((
            format!("SM_CHANNEL_{}", name.to_uppercase()),
            folder.display().to_string(),
        ));
        channels.insert(name.clone(), json!({ "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None" }));
        names.push(name);
    }

    let given = request["HyperParameters"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let own = |name: &str| given.get(name).and_then(Value::as_str).map(unquoted);
    let mut parameters = Object::new();
    let mut arguments = Vec::new();
    for (name, value) in given
        .iter()
        .filter(|(name, _)| !name.starts_with("sagemaker_"))
    {
        let value = container.translate(&unquoted(value.as_str().unwrap_or_default()));
        let dashes = if name.len() == 1 { "-" } else { "--" };
        arguments.extend([format!("{dashes}{name}"), value.clone()]);
        set.push((format!("SM_HP_{}", name.to_uppercase()), value.clone()));
        parameters.insert(
            name.clone(),
            serde_json::from_str(&value).unwrap_or(Value::String(value)),
        );
    }

    let instance = string(&request["ResourceConfig"], "InstanceType");
    let resources = json!({ "current_host": "algo-1", "hosts": ["algo-1"], "current_instance_type": instance, "network_interface_name": "lo" });
    let config = container.root.join("input/config");
    write(
        &config.join("hyperparameters.json"),
        &Value::Object(given.clone()),
    )?;
    write(
        &config.join("inputdataconfig.json"),
        &Value::Object(channels.clone()),
    )?;
    write(&config.join("resourceconfig.json"), &resources)?;

    let (argv, code) = match own("sagemaker_program") {
        Some(script) => {
            let code = match own("sagemaker_submit_directory").as_deref() {
                Some(uri) if uri.starts_with("s3://") => {
                    let (packed, code) = (
                        container.root.join("input/sourcedir.tar.gz"),
                        container.root.join("code"),
                    );
                    aws.fetch(&S3Uri::parse(uri)?, &packed)?;
                    archive::unpack(&packed, &code)?;
                    code
                }
                Some(folder) => container.inside(folder)?,
                None => container.root.join("code"),
            };
            let mut argv = vec![site.python(), code.join(script).display().to_string()];
            argv.extend(arguments.clone());
            (argv, code)
        }
        None => {
            let application = &request["AlgorithmSpecification"];
            let words = list(&application["ContainerEntrypoint"])
                .chain(list(&application["ContainerArguments"]));
            let mut argv: Vec<String> = words
                .map(|word| container.translate(&super::values::text(word)))
                .collect();
            match argv.first_mut() {
                Some(first) => *first = program(site, first),
                None => {
                    return Err(Trouble::new(
                        "the simulator pulls no image: the step needs the hyperparameter sagemaker_program or a ContainerEntrypoint",
                    ));
                }
            }
            (argv, container.root.join("code"))
        }
    };
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    for (name, value) in [
        ("SM_MODEL_DIR", path("model")),
        ("SM_OUTPUT_DIR", path("output")),
        ("SM_OUTPUT_DATA_DIR", path("output/data")),
        ("SM_INPUT_DIR", path("input")),
        ("SM_INPUT_CONFIG_DIR", path("input/config")),
        ("SM_MODULE_DIR", code.display().to_string()),
        ("SM_CHANNELS", json!(names).to_string()),
        ("SM_HPS", Value::Object(parameters).to_string()),
        ("SM_USER_ARGS", json!(arguments).to_string()),
        ("SM_INPUT_DATA_CONFIG", Value::Object(channels).to_string()),
        ("SM_RESOURCE_CONFIG", resources.to_string()),
        ("SM_CURRENT_HOST", "algo-1".into()),
        ("SM_HOSTS", r#"["algo-1"]"#.into()),
        ("SM_CURRENT_INSTANCE_TYPE", instance),
        ("SM_NUM_CPUS", cpus.to_string()),
        ("SM_NUM_GPUS", "0".into()),
        ("TRAINING_JOB_NAME", work.job()),
        ("TRAINING_JOB_ARN", work.job_arn()),
        ("PYTHONPATH", code.display().to_string()),
    ] {
        set.push((name.into(), value));
    }
    if let Some(bad) = container.run(site, work, argv, set)? {
        return Ok(bad);
    }

    let output = &request["OutputDataConfig"];
    let place = S3Uri::parse(&string(output, "S3OutputPath"))?
        .join(&work.job())
        .join("output");
    let key = output["KmsKeyId"].as_str();
    for (folder, name) in [("model", "model.tar.gz"), ("output/data", "output.tar.gz")] {
        let packed = container.root.join(name);
        archive::pack(&container.root.join(folder), &packed)?;
        aws.store(&packed, &place.join(name), key)?;
    }
    let log = container.log();
    let metrics: Vec<Value> = list(&request["AlgorithmSpecification"]["MetricDefinitions"])
        .filter_map(|metric| measured(metric, &log))
        .collect();
    let properties = json!({
        "ModelArtifacts": { "S3ModelArtifacts": place.join("model.tar.gz").to_string() },
        "FinalMetricDataList": metrics,
    });
    Ok(Outcome::done(properties, Value::Null))
}

/// The last value of a metric in a log
fn measured(metric: &Value, log: &str) -> Option<Value> {
    let pattern = Regex::new(metric["Regex"].as_str()?).ok()?;
    let found = pattern.captures_iter(log).last()?;
    let value: f64 = found.get(1)?.as_str().parse().ok()?;
    Some(json!({ "MetricName": metric["Name"], "Value": value }))
}

/// SageMaker's SDK writes hyperparameters as JSON; a script gets what is in it
fn unquoted(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) => inner,
        Ok(Value::Bool(true)) => "True".into(),
        Ok(Value::Bool(false)) => "False".into(),
        _ => text.to_owned(),
    }
}
