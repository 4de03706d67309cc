import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { looksSecret } from "../../src/config/secret-variables.ts";
import { buildPackage, type PackageInput } from "../../src/deploy/package.ts";

let folder: string;
const KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: []\nusers: []\n";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eip-guard-package-"));
  await mkdir(join(folder, "bundle"));
  await mkdir(join(folder, "there"));
  await writeFile(join(folder, "bundle/index.js"), "exports.main_handler = async () => null;\n".repeat(50));
  await writeFile(join(folder, "bundle/chunk-a.mjs"), "export {};\n");
  await writeFile(join(folder, "bundle/eip-guard.yaml"), "somebody: else\n");
  await writeFile(
    join(folder, "there/eip-guard.yaml"),
    "# mine\nclusters:\n  kubeconfigs:\n    - { id: cls-a, path: ../k.yaml } # outside\n",
  );
  await writeFile(join(folder, "k.yaml"), KUBECONFIG);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const input = (more: Partial<PackageInput> = {}): PackageInput => ({
  bundle: join(folder, "bundle"),
  configuration: join(folder, "there/eip-guard.yaml"),
  kubeconfigs: [{ at: 0, id: "cls-a", path: join(folder, "k.yaml"), written: "../k.yaml" }],
  secrets: [],
  looksSecret,
  ...more,
});

async function kubeconfig(text: string): Promise<PackageInput> {
  await writeFile(join(folder, "there/other.yaml"), text);
  return input({ kubeconfigs: [{ at: 0, id: "cls-a", path: join(folder, "there/other.yaml"), written: "./other.yaml" }] });
}

describe("the package", () => {
  it("holds the bundle, the configuration and the kubeconfigs, and finds those that lay elsewhere", async () => {
    const { bytes, files } = await buildPackage(input());
    expect(files).toEqual(["chunk-a.mjs", "eip-guard.yaml", "index.js", "kubeconfigs/cls-a-0.yaml"]);
    const text = Buffer.from(unzipSync(bytes)["eip-guard.yaml"] ?? []).toString("utf8");
    expect(text).toContain("./kubeconfigs/cls-a-0.yaml");
    expect(text).toContain("# mine");
  });

  it("is the same at another time and in another time zone", async () => {
    const { sha256 } = await buildPackage(input());
    const script = `
      Date.now = () => 4_000_000_000_000;
      const { buildPackage } = await import(${JSON.stringify(new URL("../../src/deploy/package.ts", import.meta.url).href)});
      console.log((await buildPackage({ ...${JSON.stringify(input())}, looksSecret: () => false })).sha256);`;
    const told = execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      env: { ...process.env, TZ: "Pacific/Apia" },
      encoding: "utf8",
    });
    expect(told.trim()).toBe(sha256);
  });

  it("refuses a secret of the environment in any of its files", async () => {
    await expect(
      buildPackage({ ...(await kubeconfig(`${KUBECONFIG}# xoxb-in-a-comment\n`)), secrets: ["xoxb-in-a-comment"] }),
    ).rejects.toThrow(/other\.yaml holds a secret of the environment/);
  });

  it("refuses a configuration with what has a secret's form, in a comment too", async () => {
    const configuration = join(folder, "there/told.yaml");
    await writeFile(configuration, "version: 1 # the token is xoxb-1-2-abc\n");
    await expect(buildPackage(input({ configuration, kubeconfigs: [] }))).rejects.toThrow(/holds what has a secret's form/);
  });

  it("refuses what is too large, and a bundle that is not there", async () => {
    await expect(buildPackage(input(), 100)).rejects.toThrow(/the package has \d+ bytes, and SCF takes 100/);
    await expect(buildPackage(input({ bundle: join(folder, "none") }))).rejects.toThrow(/the built function is not there/);
  });

  it.each([
    ["names files", "users: [{ name: a, user: { client-key: /home/me/key.pem } }]", /names the file \/home\/me\/key\.pem/],
    ["needs a program", "users: [{ name: a, user: { exec: { command: login } } }]", /runs a program for its keys/],
  ])("refuses a kubeconfig that %s", async (_, text, why) => {
    await expect(buildPackage(await kubeconfig(text))).rejects.toThrow(why);
  });

  it("refuses in-cluster: a function runs in no Pod", async () => {
    const inside = input({ kubeconfigs: [{ at: 0, id: "cls-a", path: "/in-cluster", written: "in-cluster" }] });
    await expect(buildPackage(inside)).rejects.toThrow(/runs in no Pod/);
  });
});
