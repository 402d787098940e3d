output "name" {
  description = "Name of the cluster, which `eks-rollout` takes."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "Address of its API."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  description = "Certificate by which its API is recognised, in Base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "ingress_release" {
  description = "Chart, version, name, namespace and values of the ingress controller, for `helm upgrade --install`. Null: none."
  value       = local.ingress_release
}
