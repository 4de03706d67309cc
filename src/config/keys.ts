import type { Mode } from "../core/terms/policy.ts";
import { GuardError } from "../errors.ts";
import { type Environment, readSlackToken, readWebhook } from "./credentials.ts";
import type { Config } from "./sections.ts";

const MODES = ["audit", "flag", "enforce"] as const satisfies readonly Mode[];

/**
 * The configuration in the mode that `--mode` asks for, which may lower the configured one and never raise it. Throws
 * GuardError (user) `ModeRaised`.
 */
export function lowerMode(config: Config, requested: Mode | undefined): Config {
  if (requested === undefined) return config;
  const { mode } = config.policy;
  if (MODES.indexOf(requested) > MODES.indexOf(mode))
    throw new GuardError(
      "ModeRaised",
      "user",
      `--mode ${requested} is more than the configured mode, ${mode}`,
      `--mode may only lower it; to raise it, write mode: ${requested} in the configuration`,
    );
  return { ...config, policy: { ...config.policy, mode: requested } };
}

/**
 * Whether everything is there that acting in `mode` needs (contract.md, Modes and the two keys). Answers notes for people.
 * Throws GuardError (user) `MissingKeys` that names all that is missing. For `run`, `apply` and `serve`; a dry run needs no key.
 */
export function checkKeys(config: Config, mode: Mode, env: Environment): readonly string[] {
  const given = env.EIP_GUARD_ALLOW_RELEASE;
  const allowed = given === "yes";
  const token = readSlackToken(env);
  const { slack, webhook } = config.alerts;
  const noAddress = webhook !== null && readWebhook(env) === null;
  if (mode !== "enforce") {
    const notes: string[] = [];
    if (allowed) notes.push(`EIP_GUARD_ALLOW_RELEASE=yes has no effect in mode ${mode}: nothing is released`);
    if (slack !== null && token === null)
      notes.push("alerts.slack is configured, but SLACK_BOT_TOKEN is not set: no alert can be delivered");
    if (noAddress) notes.push("alerts.webhook is configured, but EIP_GUARD_WEBHOOK_URL is not set: no webhook can be delivered");
    return notes;
  }
  const missing: string[] = [];
  if (!allowed)
    missing.push(
      given === undefined || given === ""
        ? "EIP_GUARD_ALLOW_RELEASE=yes in the environment"
        : "EIP_GUARD_ALLOW_RELEASE=yes in the environment (it has another value)",
    );
  if (slack === null && webhook === null)
    missing.push("alerts.slack in the configuration, or alerts.webhook (no notice could be delivered)");
  if (slack === null && noAddress) missing.push("EIP_GUARD_WEBHOOK_URL in the environment (no notice could be delivered)");
  if (slack !== null && token === null) missing.push("SLACK_BOT_TOKEN in the environment (no notice could be delivered)");
  if (missing.length === 0)
    return noAddress ? ["alerts.webhook is configured, but EIP_GUARD_WEBHOOK_URL is not set: only Slack is told"] : [];
  throw new GuardError(
    "MissingKeys",
    "user",
    `mode enforce lacks ${missing.join(", and ")}`,
    "add what is missing, or take a lower mode with --mode flag or --mode audit",
  );
}
