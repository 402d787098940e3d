"""The people and machines around the demo, on AWS's side, through AWS's own client.

    seed     what has to be there before Terraform: the bucket for its state, and a trained model that nobody approved yet
    approve  the model's owner approves it
    read     what is there after the apply, as AWS tells it
"""

import json
import sys

import botocore.session
import yaml

SESSION = botocore.session.get_session()
with open("models/housing/prod.yaml", encoding="utf-8") as file:
    RELEASE = yaml.safe_load(file)["release"]
with open("towpath.yaml", encoding="utf-8") as file:
    BACKEND = yaml.safe_load(file)["terraform"]["environments"]["prod"]["backend_config"]


def client(service):
    return SESSION.create_client(service)


def seed():
    client("s3").create_bucket(
        Bucket=BACKEND["bucket"],
        CreateBucketConfiguration={"LocationConstraint": BACKEND["region"]},
    )
    sagemaker = client("sagemaker")
    group = RELEASE["package"].split("/")[-2]
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    image, digest = RELEASE["image"].split("@")
    package = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [
                {
                    "Image": image,
                    "ImageDigest": digest,
                    "ModelDataUrl": RELEASE["model_data"]["url"],
                    "ModelDataETag": RELEASE["model_data"]["etag"],
                }
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    print("registered", package["ModelPackageArn"])


def approve():
    client("sagemaker").update_model_package(
        ModelPackageArn=RELEASE["package"],
        ModelApprovalStatus="Approved",
        ApprovalDescription="better than the linear baseline on both splits",
    )
    print("approved", RELEASE["package"])


def read():
    s3 = client("s3")
    state = json.load(s3.get_object(Bucket=BACKEND["bucket"], Key="environments/prod/terraform.tfstate")["Body"])
    resources = {}
    for resource in state["resources"]:
        for instance in resource["instances"]:
            resources.setdefault(resource["type"], []).append(instance["attributes"])
    for bucket in resources["aws_s3_bucket"]:
        encryption = s3.get_bucket_encryption(Bucket=bucket["bucket"])["ServerSideEncryptionConfiguration"]
        algorithm = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        print("bucket", bucket["bucket"], "encrypted by", algorithm)
    for repository in resources["aws_ecr_repository"]:
        described = client("ecr").describe_repositories(repositoryNames=[repository["name"]])["repositories"][0]
        print("repository", described["repositoryName"], described["imageTagMutability"])
    for endpoint in resources["aws_sagemaker_endpoint"]:
        described = client("sagemaker").describe_endpoint(EndpointName=endpoint["name"])
        print("endpoint", described["EndpointName"], described["EndpointStatus"], "serves", described["EndpointConfigName"])


{"seed": seed, "approve": approve, "read": read}[sys.argv[1]]()
