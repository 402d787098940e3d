# The ingress controller is said here and installed by a rollout: it is a Helm chart, and a provider that reads a cluster which
# the same plan creates cannot plan. The community's ingress-nginx ended in March 2026; this is F5's, with the same class.

locals {
  ingress_release = var.ingress == null ? null : {
    chart     = "oci://ghcr.io/nginx/charts/nginx-ingress"
    version   = var.ingress.version
    name      = "nginx-ingress"
    namespace = var.ingress.namespace

    values = {
      controller = {
        replicaCount = var.ingress.replicas

        ingressClass = {
          name                = var.ingress.class
          create              = true
          setAsDefaultIngress = false
        }

        podDisruptionBudget = { enabled = true, minAvailable = 1 }

        service = {
          annotations = {
            "service.beta.kubernetes.io/aws-load-balancer-scheme" = var.ingress.load_balancer
            "service.beta.kubernetes.io/aws-load-balancer-type"   = "nlb"
          }
        }
      }
    }
  }
}
