# Where they are in eip-guard.yaml too, both must say the same.

variable "region" {
  description = "The region of function, bucket and secrets."
  type        = string
}

variable "name" {
  description = "The function's name, and its role's."
  type        = string
  default     = "eip-guard"
}

variable "namespace" {
  description = "The function's namespace, which must exist."
  type        = string
  default     = "default"
}

variable "zip_file" {
  description = "The package: eip-guard deploy --zip eip-guard.zip"
  type        = string
}

variable "cron" {
  description = "Seven fields, read in UTC+8. `eip-guard deploy --dry-run` prints those of deploy.schedule."
  type        = string
  default     = "0 */10 * * * * *"
}

variable "runtime" {
  description = "The function's runtime."
  type        = string
  default     = "Nodejs20.19"
}

variable "memory" {
  description = "MB: 64, or a multiple of 128 up to 3072."
  type        = number
  default     = 256
}

variable "timeout" {
  description = "Seconds: 1 to 900."
  type        = number
  default     = 300
}

variable "environment" {
  description = "Plain variables of the function, at most 4 KB together. No secrets."
  type        = map(string)
  default     = {}
}

variable "tags" {
  description = "Tags of the function."
  type        = map(string)
  default     = {}
}

variable "vpc_id" {
  description = "The network, for clusters with an internal endpoint only. Null: none."
  type        = string
  default     = null
}

variable "subnet_id" {
  description = "Its subnet."
  type        = string
  default     = null
}

variable "mode" {
  description = "`mode` of eip-guard.yaml: audit, flag or enforce."
  type        = string
  default     = "audit"
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
  description = "The bucket of state.cos: name-1250000000."
  type        = string
}

variable "state_prefix" {
  description = "The prefix of state.cos, with a slash at its end."
  type        = string
  default     = "eip-guard/"
}

variable "create_bucket" {
  description = "Whether the bucket is made here. False: it is there, and never had versioning on."
  type        = bool
  default     = true
}

variable "slack_secret_name" {
  description = "The secret that secrets.SLACK_BOT_TOKEN of eip-guard.yaml names."
  type        = string
  default     = "eip-guard-slack"
}

variable "slack_token" {
  description = "The token, which then lies in Terraform's state. Left out: put it in by hand."
  type        = string
  default     = ""
  sensitive   = true
}

variable "slack_version" {
  description = "The version of that token."
  type        = string
  default     = "v1"
}

variable "other_secrets" {
  description = "Other secrets that eip-guard.yaml names, such as kubeconfigs."
  type        = list(string)
  default     = []
}
