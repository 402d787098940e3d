# What runs on Kubernetes: a network of its own, and the cluster in it. Off where `cluster` is null. It is an administrator's to
# apply, as keys and the workflows' roles are: its roles carry AWS's own policies, which no boundary of this system could hold.

module "network" {
  source = "../../modules/network"
  count  = var.cluster == null ? 0 : 1

  name        = local.name
  account_id  = var.account_id
  zones       = var.cluster.zones
  internet    = var.cluster.internet
  kms_key_arn = module.key.arn

  # Where a load balancer looks for its subnets.
  private_subnet_tags = { "kubernetes.io/role/internal-elb" = "1" }
  public_subnet_tags  = { "kubernetes.io/role/elb" = "1" }
}

module "cluster" {
  source = "../../modules/cluster"
  count  = var.cluster == null ? 0 : 1

  name                = local.name
  account_id          = var.account_id
  subnet_ids          = module.network[0].private_subnet_ids
  kubernetes_version  = var.cluster.kubernetes_version
  public_access_cidrs = var.cluster.public_access_cidrs
  nodes               = var.cluster.nodes
  ingress             = var.cluster.ingress

  # Administrators everywhere, the rollout in the frontend's namespace only.
  access = merge(
    { for arn in var.cluster.administrator_arns : "administrator-${basename(arn)}" => { principal_arn = arn, policy = "AmazonEKSClusterAdminPolicy" } },
    {
      rollout = {
        principal_arn = module.identity.role_arns.eks-rollout
        policy        = "AmazonEKSEditPolicy"
        namespaces    = [var.cluster.frontend_namespace]
      }
    },
  )

  kms_key_arn = module.key.arn
}
