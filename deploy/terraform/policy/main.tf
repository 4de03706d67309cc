# The policy of the function's role: just what mode and configuration need. No provider is asked.
terraform {
  required_version = ">= 1.3"
}

locals {
  # Generated from the table that the guard itself uses (src/tencent/actions.ts).
  rights = jsondecode(file("${path.module}/rights.json"))

  needs = concat(
    ["always"],
    var.mode == "enforce" ? ["enforce"] : [],
    var.mark && var.mode != "audit" ? ["mark"] : [],
    var.describe_credentials ? ["describe-credentials"] : [],
    var.cloudaudit ? ["cloudaudit"] : [],
    var.billing ? ["billing"] : [],
  )

  cloud = flatten([for need in local.needs : [
    for statement in local.rights[need] : { effect = "allow", action = statement.action, resource = statement.resource }
  ]])

  roles = length(var.assume_roles) == 0 ? [] : [
    { effect = "allow", action = ["sts:AssumeRole"], resource = var.assume_roles }
  ]

  # On the bucket and the prefix alone. The number at the end of a bucket's name is the account's.
  store = [{
    effect   = "allow"
    action   = [for name in ["GetObject", "HeadObject", "PutObject", "DeleteObject", "GetBucket"] : "name/cos:${name}"]
    resource = ["qcs::cos:${var.state_region}:uid/${regex("[0-9]+$", var.state_bucket)}:${var.state_bucket}/${var.state_prefix}*"]
  }]

  secrets = length(var.secrets) == 0 ? [] : [{
    effect   = "allow"
    action   = ["ssm:ListSecretVersionIds", "ssm:GetSecretValue"]
    resource = [for name in var.secrets : "qcs::ssm:${var.secrets_region}:uin/*:secret/creatorUin/*/${name}"]
  }]
}

variable "mode" {
  description = "`mode` of eip-guard.yaml: audit, flag or enforce."
  type        = string
  default     = "audit"
  validation {
    condition     = contains(["audit", "flag", "enforce"], var.mode)
    error_message = "mode must be audit, flag or enforce."
  }
}

variable "mark" {
  description = "Whether eip-guard.yaml has release.mark."
  type        = bool
  default     = false
}

variable "describe_credentials" {
  description = "Whether eip-guard.yaml has clusters.credentials: describe."
  type        = bool
  default     = false
}

variable "cloudaudit" {
  description = "Whether eip-guard.yaml has evidence.cloudaudit."
  type        = bool
  default     = false
}

variable "billing" {
  description = "Whether eip-guard.yaml has evidence.billing."
  type        = bool
  default     = false
}

variable "assume_roles" {
  description = "Every roleArn of tencent.accounts."
  type        = list(string)
  default     = []
}

variable "state_bucket" {
  description = "The bucket of state.cos, with the account's number: name-1250000000."
  type        = string
}

variable "state_region" {
  description = "The bucket's region."
  type        = string
}

variable "state_prefix" {
  description = "The prefix of state.cos, with a slash at its end."
  type        = string
  default     = "eip-guard/"
}

variable "secrets" {
  description = "Names of the secrets that eip-guard.yaml names, without versions."
  type        = list(string)
  default     = []
}

variable "secrets_region" {
  description = "Their region."
  type        = string
  default     = ""
}

output "document" {
  description = "The policy, as JSON."
  value       = jsonencode({ version = "2.0", statement = concat(local.cloud, local.roles, local.store, local.secrets) })
}
