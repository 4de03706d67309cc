import { writeFile } from "node:fs/promises";
import { GuardError, whyOf } from "../errors.ts";

/** The schema beside the configuration, for editors: it works offline. */
export const SCHEMA_FILE = "eip-guard.schema.json";

/** The commented configuration that `eip-guard init` writes. It loads as it stands. */
export const TEMPLATE = `# yaml-language-server: $schema=./${SCHEMA_FILE}
# An editor checks and completes this file with that schema: eip-guard schema > ${SCHEMA_FILE}
# eip-guard's configuration. Every key, with its meaning: docs/configuration.md or \`eip-guard schema\`.
# Durations are 90s, 15m, 24h, 7d, or never. Secrets are never written here; they come from the environment:
#   TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN (for temporary keys), SLACK_BOT_TOKEN
version: 1

# audit:   reads, keeps the ledger and the trail, alerts
# flag:    marks leaked EIPs and starts their notice besides
# enforce: releases besides; needs EIP_GUARD_ALLOW_RELEASE=yes in the environment, and alerts.slack
mode: audit

tencent:
  regions: [ap-guangzhou]            # the regions whose EIPs and clusters are read
  # accounts:                        # left out: the credentials' own account
  #   - { name: games, roleArn: "qcs::cam::uin/100000000001:roleName/eip-guard", regions: [ap-guangzhou] }

clusters:
  discover: true                     # lists the clusters of every account and region
  credentials: files                 # files: the kubeconfigs below
                                     # describe: DescribeClusterKubeconfig; creates a client certificate at its first call
  # kubeconfigs:                     # account and region only where they are not the only ones
  #   - { id: cls-12345678, path: ./kubeconfig.yaml, context: prod, region: ap-guangzhou }
  # ignore: [cls-12345678]           # clusters whose being unreadable withholds nothing
  # deleted: [cls-12345678]          # clusters that you know to be gone

policy:
  grace: 1h                          # on top of the recycle threshold; at least 10m
  minSightings: 2                    # separate complete readings that must have found an EIP idle
  maxGap: 2h                         # a longer time between two readings restarts the acting clock
  newborn: 10m                       # younger EIPs are left alone; at least 1m
  keepTags: ["eip-guard:keep"]       # tags that protect an EIP; a value that is a date means: until then
  rules:                             # the first that matches decides
    - name: leaked pod addresses
      match: { verdict: leaked }
      flagAfter: 0s
      releaseAfter: 7d               # at least 24h
    - name: addresses nobody manages
      match: { verdict: unmanaged }
      flagAfter: 7d
      releaseAfter: never
    - name: retained for long
      match: { verdict: retained }
      flagAfter: 30d
      releaseAfter: never

release:
  notice: 24h                        # between the delivered notice and the release; at least 1h
  maxPerRun: 10                      # more than this due at once: none is released, and an alert says so
  maxPercent: 10                     # likewise, in percent of all EIPs that were read, where there are more than 20
  approval: none                     # required: each release needs \`eip-guard approve EIP\` besides
  # window: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", timezone: Asia/Shanghai }
  # mark: { tag: "eip-guard:flagged" }   # tags flagged EIPs, for people in the console

evidence:                            # narrows how long EIPs are known to be idle; needs further rights
  cloudaudit: false
  billing: false

# alerts:
#   slack: { channel: "#eip-guard" }   # the token comes from SLACK_BOT_TOKEN

state:                               # where the ledger and the audit trail are kept
  dir: .eip-guard
  # instead, for the scheduled function:
  # cos: { bucket: name-1250000000, region: ap-guangzhou, prefix: eip-guard/ }

# prices:                            # override the built-in, dated table
#   ap-guangzhou: { currency: CNY, idlePerHour: 0.20 }
`;

/** Writes the template to `path`. Throws GuardError (user) `AlreadyThere` when something is there: nothing is overwritten. */
export async function writeTemplate(path: string): Promise<void> {
  try {
    await writeFile(path, TEMPLATE, { encoding: "utf8", flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new GuardError(
        "AlreadyThere",
        "user",
        `${path} is already there`,
        "edit it, or move it away first; init overwrites nothing",
        {
          cause: error,
        },
      );
    throw new GuardError("CannotWrite", "cloud", `can't write ${path}: ${whyOf(error)}`, "name a folder that can be written to", {
      cause: error,
    });
  }
}
