import type { Mode } from "../core/terms/policy.ts";
import type { GuardError } from "../errors.ts";
import type { Delivery } from "../ports.ts";
import { type Check, check } from "./check-line.ts";

/** What `check` knows of the alert channels, and of the second key: without either, nothing can be released. */
export interface AlertPorts {
  /** What a look at Slack finds, without posting; null where it is not configured. */
  readonly slack: (() => Promise<readonly (Omit<Check, "name"> & { readonly what: string })[]>) | null;
  /** The webhook as the environment has it; null where it is not configured. */
  readonly webhook: { readonly format: string; readonly address: "set" | "missing" | GuardError } | null;
  /** Posts one test message to each alert channel, by name; empty where nobody asked for it. */
  readonly notify: readonly { readonly channel: string; readonly post: () => Promise<Delivery> }[];
  /** Whether EIP_GUARD_ALLOW_RELEASE is `yes`. */
  readonly releaseKey: boolean;
}

/** A line for each alert channel and, in mode enforce, for what a run would be refused for (contract.md, Modes and the two keys). */
export async function checkAlerts(ports: AlertPorts, mode: Mode): Promise<readonly Check[]> {
  return [...(await checkChannels(ports, mode)), ...(await checkNotify(ports)), ...checkKey(ports, mode)];
}

async function checkChannels({ slack, webhook }: AlertPorts, mode: Mode): Promise<readonly Check[]> {
  if (slack === null && webhook === null) {
    const detail = "no alert is configured: nothing can be released without a delivered notice";
    if (mode !== "enforce") return [check("alerts", "skip", detail)];
    return [check("alerts", "fail", detail, "write alerts.slack or alerts.webhook into the configuration, or take mode: flag")];
  }
  const found = slack === null ? [] : await slack();
  const lines = found.map(({ what, status, detail, fix }) => check(`Slack: ${what}`, status, detail, fix));
  return webhook === null ? lines : [...lines, checkWebhook(webhook, slack !== null)];
}

/** It is posted to with `--notify` alone: a group sees every message. */
function checkWebhook({ format, address }: NonNullable<AlertPorts["webhook"]>, besides: boolean): Check {
  const name = `webhook (${format})`;
  if (address === "set") return check(name, "ok", "its address is set; `check --notify` posts a test message");
  // Slack carries the notices where both are configured.
  if (address === "missing")
    return check(
      name,
      besides ? "warn" : "fail",
      "EIP_GUARD_WEBHOOK_URL is not set",
      "put the webhook's address into the environment:\nexport EIP_GUARD_WEBHOOK_URL=https://…",
    );
  return check(name, "fail", address.message, address.fix);
}

async function checkNotify({ notify }: AlertPorts): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const { channel, post } of notify) {
    const delivery = await post();
    checks.push(
      delivery.delivered
        ? check(`test message to ${channel}`, "ok", "it arrived")
        : check(`test message to ${channel}`, "fail", `it did not arrive: ${delivery.why}`),
    );
  }
  return checks;
}

function checkKey({ releaseKey }: AlertPorts, mode: Mode): readonly Check[] {
  if (mode !== "enforce") return [];
  if (releaseKey) return [check("mode enforce", "ok", "EIP_GUARD_ALLOW_RELEASE=yes is in this environment: a run releases")];
  return [
    check(
      "mode enforce",
      "warn",
      "EIP_GUARD_ALLOW_RELEASE=yes is not in this environment: here run, apply and serve end with exit 2",
      "set it where the guard runs, when it shall release; or take mode: flag",
    ),
  ];
}
