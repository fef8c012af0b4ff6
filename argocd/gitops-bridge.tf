# What a cluster's secret in Argo CD has to say for applicationset-gitops-bridge.yaml, for the GitOps Bridge's Terraform module:
#
#   module "sagemaker_metadata" { source = "…/argocd" … }
#   module "gitops_bridge_bootstrap" {
#     source  = "gitops-bridge-dev/gitops-bridge/helm"
#     cluster = {
#       addons   = merge(local.addons, module.sagemaker_metadata.addons)
#       metadata = merge(local.metadata, module.sagemaker_metadata.annotations)
#     }
#   }

variable "region" {
  type        = string
  description = "The region of new SageMaker resources."
}

variable "partition" {
  type    = string
  default = "aws"
}

variable "account_id" {
  type = string
}

variable "identity" {
  type        = string
  default     = "irsa"
  description = "How the controller gets its role: irsa, or pod-identity with an association made elsewhere."
  validation {
    condition     = contains(["irsa", "pod-identity"], var.identity)
    error_message = "identity is irsa or pod-identity."
  }
}

variable "role_arn" {
  type        = string
  default     = ""
  description = "The controller's role, with irsa."
}

variable "namespace" {
  type    = string
  default = "ack-system"
}

variable "service_account" {
  type    = string
  default = "ack-sagemaker-controller"
}

variable "execution_role_arn" {
  type        = string
  default     = ""
  description = "The role that jobs and models run with, for the manifests of teams."
}

output "addons" {
  description = "Labels of the secret."
  value = {
    enable_ack_sagemaker = true
  }
}

output "annotations" {
  description = "Annotations of the secret."
  value = merge(
    {
      aws_account_id                = var.account_id
      aws_partition                 = var.partition
      aws_region                    = var.region
      ack_sagemaker_identity        = var.identity
      ack_sagemaker_namespace       = var.namespace
      ack_sagemaker_service_account = var.service_account
    },
    var.identity == "irsa" ? { ack_sagemaker_iam_role_arn = var.role_arn } : {},
    var.execution_role_arn == "" ? {} : { sagemaker_execution_role_arn = var.execution_role_arn },
  )

  precondition {
    condition     = var.identity != "irsa" || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", var.role_arn))
    error_message = "role_arn is the ARN of the controller's role where identity is irsa."
  }
}
