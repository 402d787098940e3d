//! ECR's own interface: JSON 1.1, one operation a request, told by its `x-amz-target`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::server::{Asked, Broken, Reply, Shared, header, lock, reply};
use crate::state::{Repository, Scan, State, digest_of};

/// An error by its type and words.
struct Refused(&'static str, String);

type Answer = Result<Value, Refused>;

pub(crate) async fn answer(
    state: &Shared,
    operation: &str,
    asked: &mut Asked,
) -> Result<Reply, Broken> {
    let body = asked.whole().await?;
    let input: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut state = lock(state);
    let (status, said) = match operate(&mut state, operation, &input) {
        Ok(output) => (200, output),
        Err(Refused(kind, words)) => (400, json!({"__type": kind, "message": words})),
    };
    let mut reply = reply(status, said.to_string());
    header(&mut reply, "content-type", "application/x-amz-json-1.1");
    Ok(reply)
}

fn operate(state: &mut State, operation: &str, input: &Value) -> Answer {
    let account = state.config.account.clone();
    let region = state.config.region.clone();
    let name = input["repositoryName"].as_str().unwrap_or_default();
    let arn = format!("arn:aws:ecr:{region}:{account}:repository/{name}");
    if state.denied.contains(operation) {
        let resource = if name.is_empty() { "*" } else { &arn };
        return Err(Refused(
            "AccessDeniedException",
            format!(
                "User: arn:aws:sts::{account}:assumed-role/ci/run is not authorized to perform: ecr:{operation} on resource: {resource} because no identity-based policy allows the ecr:{operation} action"
            ),
        ));
    }
    match operation {
        "GetAuthorizationToken" => {
            let token = BASE64_STANDARD.encode(format!("AWS:{}", state.password()));
            Ok(json!({"authorizationData": [{
                "authorizationToken": token,
                "expiresAt": jiff::Timestamp::now().as_second() + 12 * 3600,
                "proxyEndpoint": state.url,
            }]}))
        }
        "CreateRepository" => create(state, name, input),
        "DeleteRepository" => {
            let repository = existing(state, name)?;
            if !repository.manifests.is_empty() && input["force"] != true {
                let words = format!(
                    "The repository with name '{name}' cannot be deleted because it still contains images"
                );
                return Err(Refused("RepositoryNotEmptyException", words));
            }
            let described = describe(state, name, repository);
            state.repositories.remove(name);
            Ok(json!({"repository": described}))
        }
        "DescribeRepositories" => {
            let names = input["repositoryNames"].as_array();
            let names: Vec<String> = match names {
                Some(names) => names
                    .iter()
                    .filter_map(|name| name.as_str().map(str::to_owned))
                    .collect(),
                None => state.repositories.keys().cloned().collect(),
            };
            let mut found = Vec::new();
            for name in names {
                let repository = existing(state, &name)?;
                found.push(describe(state, &name, repository));
            }
            Ok(json!({"repositories": found}))
        }
        "DescribeRepositoryCreationTemplates" => {
            let templates: Vec<Value> = state
                .templates
                .iter()
                .map(|prefix| {
                    json!({
                        "prefix": prefix, "appliedFor": ["CREATE_ON_PUSH"], "imageTagMutability": "IMMUTABLE",
                    })
                })
                .collect();
            Ok(json!({"registryId": account, "repositoryCreationTemplates": templates}))
        }
        "GetAccountSetting" => {
            let name = input["name"].as_str().unwrap_or_default();
            let value = state.settings.get(name);
            Ok(json!({"name": name, "value": value}))
        }
        "PutAccountSetting" => {
            let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
            state.settings.insert(text("name"), text("value"));
            Ok(input.clone())
        }
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            let arn = input["resourceArn"].as_str().unwrap_or_default();
            let name = arn.split_once(":repository/").map_or("", |(_, name)| name);
            let repository = existing_mut(state, name)?;
            if let Some(tags) = input["tags"].as_array() {
                repository.labels.extend(tags.iter().cloned());
            }
            if let Some(keys) = input["tagKeys"].as_array() {
                repository.labels.retain(|tag| !keys.contains(&tag["Key"]));
            }
            Ok(json!({"tags": repository.labels}))
        }
        _ => repository(existing_mut(state, name)?, name, &account, operation, input),
    }
}

fn create(state: &mut State, name: &str, input: &Value) -> Answer {
    if state.repositories.contains_key(name) {
        let words = format!("The repository with name '{name}' already exists");
        return Err(Refused("RepositoryAlreadyExistsException", words));
    }
    let mutability = input["imageTagMutability"].as_str().unwrap_or("MUTABLE");
    let mut repository = Repository::new(mutability);
    repository.scan_on_push = input["imageScanningConfiguration"]["scanOnPush"] == true;
    if input["encryptionConfiguration"].is_object() {
        repository.encryption = input["encryptionConfiguration"].clone();
    }
    repository.labels = input["tags"].as_array().cloned().unwrap_or_default();
    let described = describe(state, name, &repository);
    state.repositories.insert(name.to_owned(), repository);
    Ok(json!({"repository": described}))
}

fn describe(state: &State, name: &str, repository: &Repository) -> Value {
    let (account, region) = (&state.config.account, &state.config.region);
    json!({
        "repositoryArn": format!("arn:aws:ecr:{region}:{account}:repository/{name}"),
        "registryId": account,
        "repositoryName": name,
        // where it can be reached, which AWS says too
        "repositoryUri": format!("{}/{name}", state.url.trim_start_matches("http://")),
        "createdAt": 1_700_000_000,
        "imageTagMutability": repository.mutability,
        "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push},
        "encryptionConfiguration": repository.encryption,
    })
}

/// The operations on one repository.
fn repository(
    repository: &mut Repository,
    name: &str,
    account: &str,
    operation: &str,
    input: &Value,
) -> Answer {
    let ids = input["imageIds"].as_array().cloned().unwrap_or_default();
    let text = |key: &str| input[key].as_str().map(str::to_owned);
    match operation {
        "BatchCheckLayerAvailability" => {
            let digests = input["layerDigests"].as_array().cloned();
            let layer = |digest: Value| {
                let size = repository.blobs.get(digest.as_str().unwrap_or_default());
                let availability = if size.is_some() {
                    "AVAILABLE"
                } else {
                    "UNAVAILABLE"
                };
                json!({"layerDigest": digest, "layerAvailability": availability, "layerSize": size})
            };
            let layers: Vec<Value> = digests.into_iter().flatten().map(layer).collect();
            Ok(json!({"layers": layers, "failures": []}))
        }
        "BatchGetImage" => {
            let mut images = Vec::new();
            let mut failures = Vec::new();
            for id in ids {
                let object = id["imageDigest"].as_str().or(id["imageTag"].as_str());
                match object.and_then(|object| repository.manifest(object)) {
                    Some((digest, stored)) => images.push(json!({
                        "registryId": account,
                        "repositoryName": name,
                        "imageId": {"imageDigest": digest, "imageTag": id["imageTag"]},
                        "imageManifest": String::from_utf8_lossy(&stored.bytes),
                        "imageManifestMediaType": stored.media_type,
                    })),
                    None => failures.push(json!({
                        "imageId": id,
                        "failureCode": "ImageNotFound",
                        "failureReason": "Requested image not found",
                    })),
                }
            }
            Ok(json!({"images": images, "failures": failures}))
        }
        "ListImages" | "DescribeImages" => {
            let mut details = Vec::new();
            let wanted: Vec<String> = if ids.is_empty() {
                repository.manifests.keys().cloned().collect()
            } else {
                ids.iter()
                    .filter_map(|id| id["imageDigest"].as_str().or(id["imageTag"].as_str()))
                    .map(str::to_owned)
                    .collect()
            };
            for object in wanted {
                let Some((digest, stored)) = repository.manifest(&object) else {
                    return Err(missing(name, &object));
                };
                let tags = repository
                    .tags
                    .iter()
                    .filter(|(_, other)| **other == digest);
                let tags: Vec<&String> = tags.map(|(tag, _)| tag).collect();
                details.push(json!({
                    "registryId": account, "repositoryName": name, "imageDigest": digest, "imageTags": tags,
                    "imagePushedAt": stored.pushed_at, "imageManifestMediaType": stored.media_type,
                    "imageSizeInBytes": stored.bytes.len(), "imageStatus": "ACTIVE",
                }));
            }
            let list: Vec<Value> = details
                .iter()
                .map(|detail| json!({"imageDigest": detail["imageDigest"], "imageTag": detail["imageTags"][0]}))
                .collect();
            Ok(match operation {
                "ListImages" => json!({"imageIds": list}),
                _ => json!({"imageDetails": details}),
            })
        }
        "PutImage" => put_image(repository, name, account, input),
        "PutImageTagMutability" => {
            repository.mutability = text("imageTagMutability").unwrap_or_default();
            Ok(json!({"repositoryName": name, "imageTagMutability": repository.mutability}))
        }
        "PutImageScanningConfiguration" => {
            repository.scan_on_push = input["imageScanningConfiguration"]["scanOnPush"] == true;
            Ok(json!({"repositoryName": name}))
        }
        "PutLifecyclePolicy" => {
            repository.lifecycle = text("lifecyclePolicyText");
            Ok(json!({"repositoryName": name, "lifecyclePolicyText": repository.lifecycle}))
        }
        "GetLifecyclePolicy" | "DeleteLifecyclePolicy" => {
            let Some(policy) = repository.lifecycle.clone() else {
                let words = format!(
                    "Lifecycle policy does not exist for the repository with name '{name}'"
                );
                return Err(Refused("LifecyclePolicyNotFoundException", words));
            };
            if operation == "DeleteLifecyclePolicy" {
                repository.lifecycle = None;
            }
            Ok(json!({
                "registryId": account, "repositoryName": name, "lifecyclePolicyText": policy,
            }))
        }
        "GetRepositoryPolicy" => Err(Refused(
            "RepositoryPolicyNotFoundException",
            format!("Repository policy does not exist for the repository with name '{name}'"),
        )),
        "DescribeImageScanFindings" => findings(repository, name, &input["imageId"]),
        _ => Err(Refused(
            "UnknownOperationException",
            format!("{operation} is not among the operations of this stand-in"),
        )),
    }
}

fn put_image(repository: &mut Repository, name: &str, account: &str, input: &Value) -> Answer {
    let manifest = input["imageManifest"].as_str().unwrap_or_default();
    let tag = input["imageTag"].as_str();
    let digest = digest_of(manifest.as_bytes());
    let led = tag.and_then(|tag| repository.tags.get(tag));
    if led == Some(&digest) || (tag.is_none() && repository.manifests.contains_key(&digest)) {
        let words = format!(
            "Image with digest '{digest}' and tag '{}' already exists in the repository with name '{name}'",
            tag.unwrap_or_default()
        );
        return Err(Refused("ImageAlreadyExistsException", words));
    }
    let said: Value = serde_json::from_str(manifest).unwrap_or_default();
    let media_type = input["imageManifestMediaType"]
        .as_str()
        .or(said["mediaType"].as_str())
        .unwrap_or("application/vnd.oci.image.manifest.v1+json")
        .to_owned();
    let bytes = Bytes::copy_from_slice(manifest.as_bytes());
    match repository.put(name, tag, &media_type, bytes) {
        Ok(digest) => Ok(json!({"image": {
            "registryId": account, "repositoryName": name,
            "imageId": {"imageDigest": digest, "imageTag": tag}, "imageManifest": manifest,
        }})),
        Err(("TAG_INVALID", words)) => Err(Refused("ImageTagAlreadyExistsException", words)),
        Err((_, words)) => Err(Refused("LayersNotFoundException", words)),
    }
}

fn findings(repository: &Repository, name: &str, id: &Value) -> Answer {
    let object = id["imageDigest"].as_str().or(id["imageTag"].as_str());
    let object = object.unwrap_or_default();
    let Some((digest, _)) = repository.manifest(object) else {
        return Err(missing(name, object));
    };
    // a repository that scans as images come has found nothing, unless somebody says otherwise
    let clean = repository.scan_on_push.then(|| Scan {
        status: "COMPLETE".to_owned(),
        findings: Vec::new(),
    });
    let Some(scan) = repository.scans.get(&digest).cloned().or(clean) else {
        let words = format!(
            "Image scan does not exist for the image with '{{imageDigest:'{digest}'}}' in the repository with name '{name}'"
        );
        return Err(Refused("ScanNotFoundException", words));
    };
    let shown: Vec<Value> = scan
        .findings
        .iter()
        .map(|finding| {
            json!({
                "name": finding.name, "severity": finding.severity, "description": "",
                "uri": format!("https://example.org/{}", finding.name),
                "attributes": [{"key": "package_name", "value": finding.package}],
            })
        })
        .collect();
    Ok(json!({
        "repositoryName": name,
        "imageId": {"imageDigest": digest},
        "imageScanStatus": {"status": scan.status, "description": ""},
        "imageScanFindings": {"findings": shown},
    }))
}

fn missing(name: &str, object: &str) -> Refused {
    let words = format!(
        "The image with imageId {{{object}}} does not exist within the repository with name '{name}'"
    );
    Refused("ImageNotFoundException", words)
}

fn unknown(state: &State, name: &str) -> Refused {
    let words = format!(
        "The repository with name '{name}' does not exist in the registry with id '{}'",
        state.config.account
    );
    Refused("RepositoryNotFoundException", words)
}

fn existing<'a>(state: &'a State, name: &str) -> Result<&'a Repository, Refused> {
    state
        .repositories
        .get(name)
        .ok_or_else(|| unknown(state, name))
}

fn existing_mut<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Repository, Refused> {
    if !state.repositories.contains_key(name) {
        return Err(unknown(state, name));
    }
    Ok(state.repositories.entry(name.to_owned()).or_default())
}
