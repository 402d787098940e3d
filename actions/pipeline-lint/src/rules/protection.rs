//! Protection: images that cannot be exchanged, and encryption wherever there is any.

use super::{Lint, Rule};
use crate::definition::Step;
use crate::document::{Json, Node};

const IMAGE: Rule = Rule {
    name: "unpinned-image",
    remedy: "pin it by digest: `<repository>@sha256:<digest>`",
};
const ENCRYPTION: Rule = Rule {
    name: "encryption",
    remedy: "name a KMS key, as elsewhere in this definition",
};
const TRAFFIC: Rule = Rule {
    name: "traffic",
    remedy: "set `EnableInterContainerTrafficEncryption`: the instances talk over the network",
};

pub(super) const RULES: &[Rule] = &[IMAGE, ENCRYPTION, TRAFFIC];

const IMAGES: [&str; 3] = ["TrainingImage", "ImageUri", "Image"];
/// Where a key belongs: the object, and the member that names it
const KEYS: &[(&[&str], &str)] = &[
    (&["ResourceConfig"], "VolumeKmsKeyId"),
    (&["OutputDataConfig"], "KmsKeyId"),
    (&["ProcessingResources", "ClusterConfig"], "VolumeKmsKeyId"),
    (&["ProcessingOutputConfig"], "KmsKeyId"),
    (&["TransformOutput"], "KmsKeyId"),
    (&["TransformResources"], "VolumeKmsKeyId"),
    (&["DataCaptureConfig"], "KmsKeyId"),
];
/// Repositories of AWS, which publishes by version: `sagemaker-xgboost:1.7-1`
const OF_AWS: [&str; 24] = [
    "sagemaker-",
    "pytorch-",
    "tensorflow-",
    "huggingface-",
    "mxnet-",
    "djl-",
    "autogluon-",
    "stabilityai-",
    "xgboost",
    "linear-learner",
    "kmeans",
    "knn",
    "pca",
    "forecasting-deepar",
    "factorization-machines",
    "image-classification",
    "object-detection",
    "semantic-segmentation",
    "blazingtext",
    "ntm",
    "lda",
    "object2vec",
    "randomcutforest",
    "seq2seq",
];

pub(super) fn check(lint: &mut Lint<'_>) {
    let encrypts = lint.definition.steps.iter().any(|step| {
        KEYS.iter().any(|(path, key)| {
            step.argument(path)
                .is_some_and(|object| object.get(key).is_some())
        })
    });
    for (index, step) in lint.definition.steps.iter().enumerate() {
        images(lint, index, step);
        if encrypts {
            keys(lint, index, step);
        }
        traffic(lint, index, step);
    }
}

fn images(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let mut found = Vec::new();
    step.own(&mut |node| {
        let members = node.members().iter();
        found.extend(members.filter(|member| IMAGES.contains(&member.name.as_str())));
    });
    for member in found {
        let Some(settled) = lint.definition.settled(&member.value) else {
            continue;
        };
        let Some(image) = settled.text().filter(|image| !image.is_empty()) else {
            continue;
        };
        if let Some(why) = unpinned(image) {
            let message = format!("`{image}` {why}");
            // the image itself may stand in a parameter's default
            lint.say_of(IMAGE, index, settled, message);
        }
    }
}

fn unpinned(image: &str) -> Option<&'static str> {
    if let Some((_, digest)) = image.split_once('@') {
        let whole = digest
            .strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()));
        return (!whole).then_some("has a digest that is none");
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let (repository, tag) = name.split_once(':').unwrap_or((name, ""));
    match tag {
        "" => Some("has no tag and no digest"),
        "latest" => Some("is whatever was pushed last"),
        _ if OF_AWS.iter().any(|known| repository.starts_with(known)) => None,
        _ => Some("is named by a tag, which can be moved"),
    }
}

fn keys(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    for (path, key) in KEYS {
        let Some(object) = step.argument(path).filter(|object| !object.is_computed()) else {
            continue;
        };
        // an instance type with a local disk takes no key, and says so by its name
        let local_disk = lint
            .definition
            .settled(object.get("InstanceType").unwrap_or(object))
            .and_then(Node::text)
            .is_some_and(|kind| kind.contains("d.") || kind.contains("dn."));
        let empty = object.get(key).is_none_or(|node| {
            matches!(node.value, Json::Null) || node.text().is_some_and(str::is_empty)
        });
        if empty && !(local_disk && key.starts_with("Volume")) {
            let message = format!("`{}.{key}` is missing", path.join("."));
            lint.say_of(ENCRYPTION, index, object, message);
        }
    }
}

fn traffic(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let count = step
        .argument(&["ResourceConfig", "InstanceCount"])
        .and_then(|node| lint.definition.settled(node))
        .and_then(Node::number);
    let off = step
        .argument(&["EnableInterContainerTrafficEncryption"])
        .filter(|node| matches!(node.value, Json::Bool(false)));
    if let (Some(count), Some(off)) = (count, off)
        && count > 1.0
    {
        let message = format!("{count} instances talk in the clear");
        lint.say_of(TRAFFIC, index, off, message);
    }
}
