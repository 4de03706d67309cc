output "function_name" {
  description = "The function, for `eip-guard deploy --only retries` and the console."
  value       = tencentcloud_scf_function.guard.name
}

output "role_name" {
  description = "The role that the function runs under."
  value       = tencentcloud_cam_role.guard.name
}
