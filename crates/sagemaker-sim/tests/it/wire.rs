//! The protocol, and requests that AWS would not accept.

use serde_json::json;

use crate::client::Sim;

#[test]
fn health_answers_at_once() {
    let sim = Sim::start();
    assert_eq!(sim.send("GET", "/_sim/health", "", "").status, 200);
}

#[test]
fn an_operation_out_of_scope_is_refused() {
    let sim = Sim::start();
    let (code, message) = sim.refused("CreateNotebookInstance", json!({}));
    assert_eq!(code, "UnknownOperationException");
    assert!(message.contains("CreateNotebookInstance"));
}

#[test]
fn unsigned_and_foreign_requests_are_refused() {
    let sim = Sim::start();
    let target = "X-Amz-Target: SageMaker.ListTags\r\n";
    let reply = sim.send("POST", "/", target, "{}");
    assert_eq!(reply.status, 403);
    assert_eq!(reply.body["__type"], "MissingAuthenticationTokenException");
    let foreign = format!(
        "{target}Authorization: AWS4-HMAC-SHA256 Credential=A/20261123/eu-west-1/s3/aws4_request\r\n"
    );
    let reply = sim.send("POST", "/", &foreign, "{}");
    assert_eq!(reply.body["__type"], "InvalidSignatureException");
}

#[test]
fn violations_are_worded_as_aws_words_them() {
    let sim = Sim::start();
    let (code, message) = sim.refused("CreateModelPackageGroup", json!({}));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value null at 'modelPackageGroupName' failed to satisfy constraint: Member must not be null"
    );
    let arn = sim.package();
    let (_, message) = sim.refused(
        "UpdateModelPackage",
        json!({"ModelPackageArn": arn, "ModelApprovalStatus": "Aproved"}),
    );
    assert_eq!(
        message,
        "1 validation error detected: Value 'Aproved' at 'modelApprovalStatus' failed to satisfy constraint: Member must satisfy enum value set: [Approved, Rejected, PendingManualApproval]"
    );
    let variant = json!({"VariantName": "no_underscore", "InitialInstanceCount": 0});
    let (_, message) = sim.refused(
        "CreateEndpointConfig",
        json!({"EndpointConfigName": "x", "ProductionVariants": [variant]}),
    );
    assert!(
        message.starts_with("2 validation errors detected: "),
        "{message}"
    );
    assert!(
        message.contains("'productionVariants.1.member.variantName'"),
        "{message}"
    );
}

#[test]
fn a_wrong_type_is_a_serialization_error_and_an_unknown_member_is_ignored() {
    let sim = Sim::start();
    let (code, _) = sim.refused(
        "CreateModelPackageGroup",
        json!({"ModelPackageGroupName": 7}),
    );
    assert_eq!(code, "SerializationException");
    sim.ok(
        "CreateModelPackageGroup",
        json!({"ModelPackageGroupName": "a", "Colour": "blue"}),
    );
    let shown = sim.ok(
        "DescribeModelPackageGroup",
        json!({"ModelPackageGroupName": "a"}),
    );
    assert!(shown.get("Colour").is_none());
}
