# METADATA
# scope: package
# title: What holds data stays, and stays managed
# description: >-
#   A delete, and a replacement as well, takes the data with it: objects, tables, images, every version in a registry, or
#   the key without which the rest is noise. Forgetting leaves it behind with nobody in charge. None of it comes back by
#   reverting the commit.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
# custom:
#   severity: high
#   remedy: >-
#     keep the block, use a `moved` block for a new name, or migrate the data first and expect the destroy of this one
#     address in `towpath.yaml` under `gate.allow_destroy`; `prevent_destroy = true` says so earlier
#   yields_to: gate.allow_destroy
package destroys.stored_data

import data.lib.plan

holders := {
	"aws_backup_vault",
	"aws_cloudwatch_log_group",
	"aws_cognito_user_pool",
	"aws_db_instance",
	"aws_docdb_cluster",
	"aws_dynamodb_global_table",
	"aws_dynamodb_table",
	"aws_ebs_volume",
	"aws_ecr_repository",
	"aws_ecrpublic_repository",
	"aws_efs_file_system",
	"aws_elasticache_cluster",
	"aws_elasticache_replication_group",
	"aws_fsx_lustre_file_system",
	"aws_fsx_ontap_file_system",
	"aws_fsx_openzfs_file_system",
	"aws_fsx_windows_file_system",
	"aws_glue_catalog_database",
	"aws_glue_catalog_table",
	"aws_keyspaces_table",
	"aws_kinesis_stream",
	"aws_kms_external_key",
	"aws_kms_key",
	"aws_kms_replica_key",
	"aws_memorydb_cluster",
	"aws_msk_cluster",
	"aws_neptune_cluster",
	"aws_opensearch_domain",
	"aws_rds_cluster",
	"aws_rds_global_cluster",
	"aws_redshift_cluster",
	"aws_redshiftserverless_namespace",
	"aws_s3_bucket",
	"aws_s3_directory_bucket",
	"aws_s3tables_table_bucket",
	"aws_sagemaker_domain",
	"aws_sagemaker_feature_group",
	"aws_sagemaker_mlflow_tracking_server",
	"aws_sagemaker_model_package_group",
	"aws_secretsmanager_secret",
	"aws_sqs_queue",
	"aws_timestreamwrite_table",
}

deny contains plan.denied(change, forced_by(change), msg) if {
	some change in plan.lost
	change.type in holders
	some verb in fate(change.change.actions)
	msg := sprintf("`%s` %s%s", [change.address, verb, because(change)])
}

# What cannot be named is denied too: Terraform may learn other ways to lose things.
deny contains plan.undecided(change, "", msg) if {
	some change in plan.lost
	change.type in holders
	count(fate(change.change.actions)) == 0
	msg := sprintf("`%s` holds data, and what `%s` does to it is not known here", [
		change.address,
		concat(", ", change.change.actions),
	])
}

fate(actions) := {"would be replaced, and its data destroyed"} if {
	actions in {["delete", "create"], ["create", "delete"]}
} else := {"would be destroyed with its data"} if {
	actions == ["delete"]
} else := {"would be forgotten: its data stays, but no configuration manages it"} if {
	actions == ["forget"]
} else := {"would be created anew, and the present one with its data forgotten"} if {
	actions == ["create", "forget"]
} else := set()

because(change) := sprintf(" (forced by `%s`)", [forced_by(change)]) if {
	forced_by(change) != ""
} else := ""

# The first attribute that cannot be changed in place.
forced_by(change) := change.change.replace_paths[0][0] if {
	is_string(change.change.replace_paths[0][0])
} else := ""
