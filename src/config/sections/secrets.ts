import * as z from "zod";
import { region } from "../fields.ts";
import type { Problem } from "../problem.ts";
import { isSecretVariable, looksSecret, SECRET_VARIABLES, type SecretVariable } from "../secret-variables.ts";
import type { Section } from "../section.ts";
import type { TencentInFile } from "./tencent.ts";

/** `secrets`: which of the environment's secrets come from the Secrets Manager (SSM) instead. */

export const example = `# Secrets out of the Secrets Manager, for what the environment does not hold:
# secrets:
#   region: ap-guangzhou
#   SLACK_BOT_TOKEN: eip-guard-slack # variable: name of the secret; its newest version, or name@version
`;

/** Names as SSM takes them, and a version after an `@` (SSM, CreateSecret). */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}(@[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$/;

/** The name of a secret in SSM, with its version where it has one. */
export function secretName() {
  const example = "eip-guard-slack or eip-guard-slack@v2";
  return z
    .string({ error: `must be the name of a secret such as ${example}` })
    .regex(NAME, { error: `is no name of a secret; write one such as ${example}` });
}

function schema() {
  const named = Object.fromEntries(
    Object.entries(SECRET_VARIABLES).map(([name, what]) => [
      name,
      secretName().optional().describe(`Secret that holds ${what}.`),
    ]),
  ) as Record<SecretVariable, z.ZodOptional<ReturnType<typeof secretName>>>;
  return z
    .strictObject(
      {
        region: region().optional().describe("The region of the secrets. Left out: the first region that is read."),
        ...named,
      },
      { error: "must be a mapping: region, SLACK_BOT_TOKEN and others" },
    )
    .prefault({})
    .describe(
      "Secrets that come from the Secrets Manager (SSM), each by its variable; the environment wins. The newest version is read, or the one after an `@`.",
    );
}

type SecretsInFile = z.output<ReturnType<typeof schema>>;

export const secrets = {
  schema,
  problems({ region: _, ...variables }: SecretsInFile): readonly Problem[] {
    return Object.entries(variables).flatMap(([variable, name]) =>
      name !== undefined && looksSecret(name)
        ? [
            {
              path: ["secrets", variable],
              message: "looks like the secret itself; write the name that it has in the Secrets Manager",
            },
          ]
        : [],
    );
  },
} satisfies Section;

export interface SecretsConfig {
  /** Of the Secrets Manager; null where the file names none. */
  readonly region: string | null;
  /** Where each variable comes from. */
  readonly named: readonly { readonly variable: SecretVariable; readonly secret: SecretPlace }[];
}

/** A secret in the Secrets Manager. */
export interface SecretPlace {
  readonly region: string;
  readonly name: string;
  /** Null: the newest. */
  readonly version: string | null;
}

export function buildSecrets(own: SecretsInFile, tencent: TencentInFile): SecretsConfig {
  const { region: written, ...variables } = own;
  const region = written ?? tencent.regions?.[0] ?? tencent.accounts?.[0]?.regions?.[0] ?? "ap-guangzhou";
  const named = Object.entries(variables).flatMap(([variable, name]) =>
    name === undefined || !isSecretVariable(variable) ? [] : [{ variable, secret: secretPlace(name, region) }],
  );
  return { region: written ?? null, named };
}

/** `name` or `name@version`, in a region. */
export function secretPlace(written: string, region: string): SecretPlace {
  const [name = "", version = null] = written.split("@");
  return { region, name, version };
}
