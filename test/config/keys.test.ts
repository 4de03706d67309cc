import { describe, expect, it } from "vitest";
import { checkKeys, lowerMode } from "../../src/config/keys.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Mode } from "../../src/core/terms/policy.ts";

function configured(mode: Mode, slack = true) {
  const text = `mode: ${mode}\ntencent: { regions: [ap-tokyo] }\n${slack ? "alerts: { slack: { channel: c } }" : ""}`;
  return parseConfig(text, { path: "/etc/eip-guard.yaml", env: {} }).config;
}

const KEY = { EIP_GUARD_ALLOW_RELEASE: "yes" };
const TOKEN = { SLACK_BOT_TOKEN: "xoxb-marked" };

describe("mode enforce takes two keys and an alert channel", () => {
  it("and all of them are enough", () => {
    expect(checkKeys(configured("enforce"), "enforce", { ...KEY, ...TOKEN })).toEqual([]);
  });

  it.each([
    ["the second key", configured("enforce"), TOKEN, ["EIP_GUARD_ALLOW_RELEASE=yes in the environment"]],
    [
      "the second key where it says something else",
      configured("enforce"),
      { ...TOKEN, EIP_GUARD_ALLOW_RELEASE: "true" },
      ["it has another value"],
    ],
    ["a channel", configured("enforce", false), { ...KEY, ...TOKEN }, ["alerts.slack in the configuration"]],
    ["the channel's token", configured("enforce"), KEY, ["SLACK_BOT_TOKEN in the environment"]],
    ["everything, all named at once", configured("enforce", false), {}, ["EIP_GUARD_ALLOW_RELEASE=yes", "alerts.slack"]],
  ])("and without %s nothing is done", (_, config, env, named) => {
    for (const name of named)
      expect(() => checkKeys(config, "enforce", env)).toThrow(
        expect.objectContaining({ code: "MissingKeys", fault: "user", message: expect.stringContaining(name) }),
      );
  });
});

describe("a lower mode needs no key", () => {
  it.each(["audit", "flag"] as const)("%s, where the environment's key only earns a note", (mode) => {
    expect(checkKeys(configured(mode), mode, TOKEN)).toEqual([]);
    expect(checkKeys(configured(mode), mode, { ...TOKEN, ...KEY })).toEqual([
      `EIP_GUARD_ALLOW_RELEASE=yes has no effect in mode ${mode}: nothing is released`,
    ]);
  });

  it("but a channel without a token earns a note", () => {
    expect(checkKeys(configured("audit"), "audit", {})).toEqual([expect.stringContaining("SLACK_BOT_TOKEN is not set")]);
  });
});

describe("--mode", () => {
  const MODES = ["audit", "flag", "enforce"] as const;
  const pairs = MODES.flatMap((configuredMode, height) =>
    MODES.map((requested, wanted) => ({ configuredMode, requested, raises: wanted > height })),
  );

  it.each(pairs.filter(({ raises }) => !raises))("may lower $configuredMode to $requested", ({ configuredMode, requested }) => {
    expect(lowerMode(configured(configuredMode), requested).policy.mode).toBe(requested);
  });

  it.each(pairs.filter(({ raises }) => raises))("never raises $configuredMode to $requested", ({ configuredMode, requested }) => {
    expect(() => lowerMode(configured(configuredMode), requested)).toThrow(
      expect.objectContaining({ code: "ModeRaised", fault: "user" }),
    );
  });

  it("left out, leaves the configured one", () => {
    expect(lowerMode(configured("flag"), undefined).policy.mode).toBe("flag");
  });
});
