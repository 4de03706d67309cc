import { describe, expect, it } from "vitest";
import { readCredentials, readSlackToken, secretsIn } from "../../src/config/credentials.ts";

const OURS = { TENCENTCLOUD_SECRET_ID: "id", TENCENTCLOUD_SECRET_KEY: "key" };
const SCF = { TENCENTCLOUD_SECRETID: "scf-id", TENCENTCLOUD_SECRETKEY: "scf-key", TENCENTCLOUD_SESSIONTOKEN: "scf-token" };

describe("credentials come from the environment", () => {
  it.each([
    ["in a person's spelling", OURS, { secretId: "id", secretKey: "key", token: null }],
    ["with a token", { ...OURS, TENCENTCLOUD_TOKEN: "token" }, { secretId: "id", secretKey: "key", token: "token" }],
    ["in SCF's spelling", SCF, { secretId: "scf-id", secretKey: "scf-key", token: "scf-token" }],
    ["a person's before SCF's, and without SCF's token", { ...SCF, ...OURS }, { secretId: "id", secretKey: "key", token: null }],
    [
      "SCF's where a person's are empty",
      { ...SCF, TENCENTCLOUD_SECRET_ID: "", TENCENTCLOUD_SECRET_KEY: " " },
      { secretId: "scf-id", secretKey: "scf-key", token: "scf-token" },
    ],
    [
      "without the newline of a mounted file",
      { TENCENTCLOUD_SECRET_ID: "id\n", TENCENTCLOUD_SECRET_KEY: "key\r\n" },
      { secretId: "id", secretKey: "key", token: null },
    ],
  ])("%s", (_, env, expected) => {
    expect(readCredentials(env)).toEqual(expected);
  });

  it.each([
    [{ TENCENTCLOUD_SECRET_ID: "marked" }, "TENCENTCLOUD_SECRET_KEY"],
    [{ TENCENTCLOUD_SECRET_KEY: "marked" }, "TENCENTCLOUD_SECRET_ID"],
    [{ TENCENTCLOUD_SECRETKEY: "marked" }, "TENCENTCLOUD_SECRETID"],
    // Half of one and half of the other are two halves of different keys.
    [{ TENCENTCLOUD_SECRET_ID: "marked", TENCENTCLOUD_SECRETKEY: "marked" }, "TENCENTCLOUD_SECRET_KEY"],
  ])("a half set names the missing half: %j lacks %s", (env, missing) => {
    expect(() => readCredentials(env)).toThrow(
      expect.objectContaining({
        code: "HalfCredentials",
        fault: "user",
        message: expect.stringContaining(`but ${missing} is not`),
        fix: `set ${missing} too`,
      }),
    );
    expect(() => readCredentials(env)).not.toThrow("marked");
  });

  it("none at all is an error with the fix", () => {
    expect(() => readCredentials({})).toThrow(
      expect.objectContaining({ code: "NoCredentials", fault: "user", fix: expect.stringContaining("TENCENTCLOUD_SECRET_ID") }),
    );
  });

  it("an empty Slack token is none", () => {
    expect([readSlackToken({}), readSlackToken({ SLACK_BOT_TOKEN: "" }), readSlackToken({ SLACK_BOT_TOKEN: "xoxb\n" })]).toEqual([
      null,
      null,
      "xoxb",
    ]);
  });
});

it("every secret of the environment is known, so that outputs can be searched for it", () => {
  expect(
    secretsIn({
      ...OURS,
      ...SCF,
      TENCENTCLOUD_TOKEN: "token",
      SLACK_BOT_TOKEN: "xoxb",
      SLACK_SIGNING_SECRET: "sign",
      HOME: "/root",
    }),
  ).toEqual(["id", "key", "token", "scf-id", "scf-key", "scf-token", "xoxb", "sign"]);
});
