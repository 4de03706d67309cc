# eip-guard as a scheduled function in SCF, as `eip-guard deploy` makes it: role, function, open timer, retries off, the bucket of the state, the
# secret of the Slack token. The package is what `eip-guard deploy --zip eip-guard.zip` writes.
#
#   module "eip_guard" {
#     source       = "./deploy/terraform"
#     region       = "ap-guangzhou"
#     zip_file     = "${path.root}/eip-guard.zip"
#     state_bucket = "eip-guard-1250000000"
#   }
#
# It was checked against the provider's documentation, and never applied to the real cloud.
terraform {
  required_version = ">= 1.3"
  required_providers {
    tencentcloud = {
      source  = "tencentcloudstack/tencentcloud"
      version = ">= 1.81.0"
    }
  }
}

module "policy" {
  source               = "./policy"
  mode                 = var.mode
  mark                 = var.mark
  describe_credentials = var.describe_credentials
  cloudaudit           = var.cloudaudit
  billing              = var.billing
  assume_roles         = var.assume_roles
  state_bucket         = var.state_bucket
  state_region         = var.region
  state_prefix         = var.state_prefix
  secrets              = concat([var.slack_secret_name], var.other_secrets)
  secrets_region       = var.region
}

# A function of SCF may assume it, and nobody else.
resource "tencentcloud_cam_role" "guard" {
  name        = var.name
  description = "eip-guard, made by deploy/terraform"
  document = jsonencode({
    version   = "2.0"
    statement = [{ effect = "allow", action = ["name/sts:AssumeRole"], principal = { service = ["scf.qcloud.com"] } }]
  })
}

resource "tencentcloud_cam_policy" "guard" {
  name        = "${var.name}-rights"
  description = "eip-guard, made by deploy/terraform"
  document    = module.policy.document
}

resource "tencentcloud_cam_role_policy_attachment" "guard" {
  role_id   = tencentcloud_cam_role.guard.id
  policy_id = tencentcloud_cam_policy.guard.id
}

# The ledger stands on objects that are created once: with versioning, even if it is off again, COS does not refuse to overwrite.
resource "tencentcloud_cos_bucket" "state" {
  count             = var.create_bucket ? 1 : 0
  bucket            = var.state_bucket
  acl               = "private"
  versioning_enable = false
  force_clean       = false
}

resource "tencentcloud_ssm_secret" "slack" {
  secret_name             = var.slack_secret_name
  description             = "the Slack bot of eip-guard"
  is_enabled              = true
  recovery_window_in_days = 7
}

# Terraform's state would hold the token: leave slack_token out, and put the first version into the secret in the console.
resource "tencentcloud_ssm_secret_version" "slack" {
  count         = var.slack_token == "" ? 0 : 1
  secret_name   = tencentcloud_ssm_secret.slack.secret_name
  version_id    = var.slack_version
  secret_string = var.slack_token
}

resource "tencentcloud_scf_function" "guard" {
  name              = var.name
  namespace         = var.namespace
  description       = "Finds the elastic IPs that Pods left behind"
  func_type         = "Event"
  handler           = "index.main_handler"
  runtime           = var.runtime
  mem_size          = var.memory
  timeout           = var.timeout
  role              = tencentcloud_cam_role.guard.name
  zip_file          = var.zip_file
  environment       = var.environment
  vpc_id            = var.vpc_id
  subnet_id         = var.subnet_id
  enable_public_net = true
  enable_eip_config = false
  tags              = merge(var.tags, { "eip-guard:function" = "guard" })

  depends_on = [tencentcloud_cam_role_policy_attachment.guard]
}

# A timer that does not say so is made closed.
resource "tencentcloud_scf_trigger_config" "timer" {
  function_name   = tencentcloud_scf_function.guard.name
  namespace       = var.namespace
  trigger_name    = "eip-guard"
  type            = "timer"
  qualifier       = "$DEFAULT"
  enable          = "OPEN"
  trigger_desc    = var.cron
  custom_argument = "scheduled"
}

# SCF repeats a tick that failed, twice; the guard does not want that.
resource "tencentcloud_scf_function_event_invoke_config" "guard" {
  function_name = tencentcloud_scf_function.guard.name
  namespace     = var.namespace
  async_trigger_config {
    msg_ttl = 900
    retry_config {
      retry_num = 0
    }
  }
}
