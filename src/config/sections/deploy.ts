import * as z from "zod";
import { flag, region, text, timezone } from "../fields.ts";
import type { Problem } from "../problem.ts";
import { isSecretVariable, looksSecret } from "../secret-variables.ts";
import type { Around, Section } from "../section.ts";
import { scheduleProblem } from "../timer.ts";
import type { TencentInFile } from "./tencent.ts";

/** `deploy`: the scheduled function in SCF, as `eip-guard deploy` makes it. */

export const example = `# eip-guard deploy puts the scheduled function into SCF:
# deploy:
#   name: eip-guard
#   region: ap-guangzhou
#   schedule: "*/10 * * * *"         # five fields, in \`timezone\`; serve uses it, too
#   timezone: Asia/Shanghai
#   role: eip-guard                  # made with the rights that mode and configuration need
`;

const FUNCTION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,50}[A-Za-z0-9]$/;

function content() {
  return z.strictObject(
    {
      name: text("the function's name")
        .regex(FUNCTION_NAME, { error: "is no name of a function; write letters, digits, - and _, beginning with a letter" })
        .default("eip-guard")
        .describe("The function's name."),
      region: region().optional().describe("The function's region. Left out: the first region that is read."),
      namespace: text("the function's namespace").default("default").describe("The function's namespace, which must exist."),
      schedule: z
        .string({ error: 'must be a schedule such as "*/10 * * * *"' })
        .refine((value) => scheduleProblem(value) === null, {
          error: ({ input }) => `is no schedule: ${scheduleProblem(String(input))}; write one such as "*/10 * * * *"`,
        })
        .default("*/10 * * * *")
        .describe(
          "When a run comes: minute, hour, day of the month, month, weekday, in `timezone`. Where both days are given, either may fit. `serve` runs by it too, unless `--cron` says otherwise.",
        ),
      timezone: timezone().default("Asia/Shanghai").describe("The schedule's time zone (IANA). SCF's timers are read in UTC+8."),
      memory: z
        .int({ error: "must be a number of MB" })
        .refine((value) => value === 64 || (value >= 128 && value <= 3_072 && value % 128 === 0), {
          error: "is no memory that SCF has; write 64, or a multiple of 128 up to 3072",
        })
        .default(256)
        .describe("Memory in MB: 64, or a multiple of 128 up to 3072."),
      timeout: z
        .int({ error: "must be a number of seconds" })
        .min(1, { error: "must be at least 1" })
        .max(900, { error: "must be at most 900" })
        .default(300)
        .describe("How many seconds a run may take: 1 to 900."),
      runtime: text("a runtime such as Nodejs20.19")
        .regex(/^Nodejs\d+\.\d+$/, { error: "is no Node.js runtime; write one such as Nodejs20.19" })
        .default("Nodejs20.19")
        .describe("The function's runtime. It can't be changed later."),
      role: text("a role's name")
        .regex(/^[A-Za-z0-9+=,.@_-]{1,100}$/, { error: "is no name of a role" })
        .default("eip-guard")
        .describe("The role that the function runs under. It is made with the rights that mode and configuration need."),
      vpc: z
        .strictObject(
          {
            vpcId: text("a network such as vpc-12345678")
              .regex(/^vpc-\w+$/, { error: "is no network; write one such as vpc-12345678" })
              .describe("The network's id."),
            subnetId: text("a subnet such as subnet-12345678")
              .regex(/^subnet-\w+$/, { error: "is no subnet; write one such as subnet-12345678" })
              .describe("The subnet's id."),
          },
          { error: "must be a mapping: vpcId, subnetId" },
        )
        .optional()
        .describe("The network that the function is in, for clusters with an internal endpoint only. Left out: none."),
      environment: z
        .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, { error: "is no name of a variable" }), text("a variable's value"), {
          error: "must be a mapping of variables",
        })
        .default({})
        .describe("Plain variables of the function, at most 4 KB together. Secrets are refused: they come by `secrets`."),
      tags: z
        .record(text("a tag key"), z.string({ error: "must be a tag's value" }), { error: "must be a mapping of tags" })
        .default({})
        .describe("Tags of the function."),
      buttons: flag().default(false).describe("Also makes the function behind Slack's buttons, with its function URL."),
    },
    { error: "must be a mapping: name, region, schedule, role and others" },
  );
}

function schema() {
  return content().optional().describe("The scheduled function in SCF, as `eip-guard deploy` makes it.");
}

type Written = z.output<ReturnType<typeof schema>>;

/** The cloud's own keys, which a function gets from its role. */
const CLOUD_KEYS = /^TENCENTCLOUD_(SECRET_?ID|SECRET_?KEY|TOKEN|SESSIONTOKEN)$/i;

/** What to do with a variable that holds a secret; null where it holds none. */
function secretAdvice(name: string, value: string): string | null {
  if (CLOUD_KEYS.test(name)) return "leave it out: the function has the keys of its role";
  if (isSecretVariable(name.toUpperCase()))
    return `put it into the Secrets Manager, and write its name there as secrets.${name.toUpperCase()}`;
  return looksSecret(value) ? "leave it out; what the function may know of the Secrets Manager is listed under `secrets`" : null;
}

const LARGEST_ENVIRONMENT = 4_096;

/** Bytes of all variables together, as SCF counts them. */
export function environmentBytes(environment: Readonly<Record<string, string>>): number {
  return Object.entries(environment).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
}

export const deploy = {
  schema,
  problems(own: NonNullable<Written>, { beside }: Around): readonly Problem[] {
    const problems: Problem[] = [];
    for (const [name, value] of Object.entries(own.environment)) {
      const path = ["deploy", "environment", name];
      const advice = secretAdvice(name, value);
      if (advice !== null)
        problems.push({ path, atKey: true, message: `${name} is a secret, and this file is no place for one; ${advice}` });
      else if (name === "EIP_GUARD_ALLOW_RELEASE" && beside.mode !== "enforce")
        problems.push({ path, atKey: true, message: "allows releases, but the mode is not enforce; leave it out" });
    }
    const bytes = environmentBytes(own.environment);
    if (bytes > LARGEST_ENVIRONMENT)
      problems.push({
        path: ["deploy", "environment"],
        message: `has ${bytes} bytes of variables, and SCF takes ${LARGEST_ENVIRONMENT}; put what belongs to the policy into this file`,
      });
    return problems;
  },
} satisfies Section;

export interface DeployConfig {
  /** Whether the file has the section; where it has none, the defaults hold. */
  readonly written: boolean;
  readonly name: string;
  readonly region: string;
  readonly namespace: string;
  readonly schedule: string;
  readonly timezone: string;
  /** MB. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly runtime: string;
  readonly role: string;
  readonly vpc: { readonly vpcId: string; readonly subnetId: string } | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly buttons: boolean;
}

export function buildDeploy(own: Written, tencent: TencentInFile): DeployConfig {
  const first = tencent.regions?.[0] ?? tencent.accounts?.[0]?.regions?.[0];
  const filled = own ?? content().parse({});
  return { ...filled, region: filled.region ?? first ?? "ap-guangzhou", vpc: filled.vpc ?? null, written: own !== undefined };
}
