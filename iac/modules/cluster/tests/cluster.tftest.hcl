# Who gets in, and from where. Runs without AWS.

mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/towpath-prod-cluster" }
  }
}

variables {
  name        = "towpath-prod"
  account_id  = "111122223333"
  subnet_ids  = ["subnet-0a", "subnet-0b"]
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  access = {
    owner   = { principal_arn = "arn:aws:iam::111122223333:role/owner", policy = "AmazonEKSClusterAdminPolicy" }
    rollout = { principal_arn = "arn:aws:iam::111122223333:role/towpath-prod-eks-rollout", policy = "AmazonEKSEditPolicy", namespaces = ["frontend"] }
  }
}

run "private_encrypted_and_nobody_by_accident" {
  command = plan

  assert {
    condition     = !aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.vpc_config[0].endpoint_private_access
    error_message = "The API is reached from inside of the network."
  }

  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API" && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "Access is what the entries say, and nothing else."
  }

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.kms_key_arn && length(aws_eks_cluster.this.enabled_cluster_log_types) == 5
    error_message = "Secrets are encrypted, and everything is logged."
  }
}

run "an_entry_counts_where_it_says" {
  command = plan

  assert {
    condition     = aws_eks_access_policy_association.this["rollout"].access_scope[0].type == "namespace" && aws_eks_access_policy_association.this["owner"].access_scope[0].type == "cluster"
    error_message = "A rollout edits its namespace."
  }
}

run "pods_cannot_take_the_nodes_credentials" {
  command = plan

  assert {
    condition     = aws_launch_template.nodes.metadata_options[0].http_tokens == "required" && aws_launch_template.nodes.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "One hop ends at the node."
  }

  assert {
    condition     = !anytrue([for attachment in values(aws_iam_role_policy_attachment.nodes) : strcontains(attachment.policy_arn, "FullAccess")])
    error_message = "Nodes pull images, and push none."
  }
}

run "the_ingress_controller_is_a_switch" {
  command = plan

  variables {
    ingress = { version = "2.3.0" }
  }

  assert {
    condition     = output.ingress_release.version == "2.3.0" && output.ingress_release.values.controller.ingressClass.name == "nginx"
    error_message = "What is installed is said in full."
  }
}

run "somebody_must_be_able_to_enter" {
  command = plan

  variables {
    access = { rollout = var.access.rollout }
  }

  expect_failures = [var.access]
}

run "the_whole_internet_is_no_block" {
  command = plan

  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.public_access_cidrs]
}
