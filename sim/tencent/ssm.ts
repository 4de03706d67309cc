import { addSecret, type StoredSecret } from "../world/world.ts";
import { type Action, ApiError, type Caller, text } from "./action.ts";

/** The Secrets Manager: secrets by name, each with versions by id. */

const VERSION = "2019-09-23";
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const VERSION_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const LARGEST = 32 * 1_024;

function secretOf({ region, parameters }: Caller): StoredSecret {
  const secret = region.secrets.get(text(parameters, "SecretName"));
  if (secret === undefined) throw new ApiError("ResourceNotFound", `the secret ${text(parameters, "SecretName")} does not exist`);
  return secret;
}

/** One of a text and bytes in base64, and no more than 32 KB of it. */
function givenValue({ parameters }: Caller): string | Buffer {
  const string = text(parameters, "SecretString");
  const binary = text(parameters, "SecretBinary");
  if ((string === "") === (binary === ""))
    throw new ApiError("InvalidParameterValue", "exactly one of SecretString and SecretBinary must be set");
  const value = string === "" ? Buffer.from(binary, "base64") : string;
  if (Buffer.byteLength(value) > LARGEST) throw new ApiError("InvalidParameterValue", "a secret has at most 32 KB");
  return value;
}

function versionIdOf({ parameters }: Caller): string {
  const id = text(parameters, "VersionId") || "SSM_Current";
  if (!VERSION_ID.test(id)) throw new ApiError("InvalidParameterValue", `the version id ${id} is malformed`);
  return id;
}

function readValue(caller: Caller) {
  const secret = secretOf(caller);
  if (secret.status === "Disabled")
    throw new ApiError("ResourceUnavailable.ResourceDisabled", `the secret ${secret.name} is disabled`);
  if (secret.status === "PendingDelete")
    throw new ApiError("ResourceUnavailable.ResourcePendingDelete", `the secret ${secret.name} is about to be deleted`);
  const wanted = text(caller.parameters, "VersionId");
  const version = secret.versions.find(({ id }) => id === wanted);
  if (version === undefined) throw new ApiError("ResourceNotFound", `the secret ${secret.name} has no version ${wanted}`);
  const binary = typeof version.value !== "string";
  return {
    SecretName: secret.name,
    VersionId: version.id,
    SecretBinary: binary ? version.value.toString("base64") : "",
    SecretString: binary ? "" : version.value,
  };
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1_000);
const COMMON = { version: VERSION, service: "ssm", resource: "secret/*" } as const;

/** The secret, as the policies of a run role name it. */
const about: NonNullable<Action["about"]> = (parameters, region, uin) => [
  `qcs::ssm:${region}:uin/${uin}:secret/creatorUin/${uin}/${text(parameters, "SecretName")}`,
];

export const SSM_ACTIONS: Readonly<Record<string, Action>> = {
  GetSecretValue: {
    ...COMMON,
    parameters: {
      SecretName: "string!",
      VersionId: "string!",
      EncryptionPublicKey: "string",
      EncryptionAlgorithm: "string",
    },
    perSecond: 300,
    about,
    writes: false,
    answer: readValue,
  },
  ListSecretVersionIds: {
    ...COMMON,
    parameters: { SecretName: "string!" },
    perSecond: 20,
    about,
    writes: false,
    answer(caller) {
      const { name, versions } = secretOf(caller);
      return {
        SecretName: name,
        Versions: versions.map(({ id, createdAt }) => ({ VersionId: id, CreateTime: seconds(createdAt) })),
      };
    },
  },
  DescribeSecret: {
    ...COMMON,
    parameters: { SecretName: "string!" },
    perSecond: 20,
    writes: false,
    answer(caller) {
      const { name, status, createdAt } = secretOf(caller);
      return {
        SecretName: name,
        Description: "",
        KmsKeyId: "",
        CreateUin: Number(caller.account.uin),
        CreateUinString: caller.account.uin,
        Status: status,
        DeleteTime: 0,
        CreateTime: seconds(createdAt),
        SecretType: 0,
        ProductName: "default",
        RotationStatus: false,
        RotationFrequency: 0,
      };
    },
  },
  CreateSecret: {
    ...COMMON,
    parameters: {
      SecretName: "string!",
      VersionId: "string",
      Description: "string",
      KmsKeyId: "string",
      SecretType: "int",
      SecretBinary: "string",
      SecretString: "string",
      AdditionalConfig: "string",
      Tags: "list",
      KmsHsmClusterId: "string",
      EncryptType: "int",
    },
    perSecond: 20,
    writes: true,
    answer(caller) {
      const name = text(caller.parameters, "SecretName");
      if (!NAME.test(name)) throw new ApiError("InvalidParameterValue", `the name ${name} is malformed`);
      if (caller.region.secrets.has(name)) throw new ApiError("ResourceInUse.SecretExists", `the secret ${name} exists`);
      const id = versionIdOf(caller);
      addSecret(caller.world, caller.region, name, givenValue(caller), id);
      return { SecretName: name, VersionId: id, TagCode: 0, TagMsg: "ok" };
    },
  },
  PutSecretValue: {
    ...COMMON,
    parameters: { SecretName: "string!", VersionId: "string!", SecretBinary: "string", SecretString: "string" },
    perSecond: 20,
    writes: true,
    answer(caller) {
      const secret = secretOf(caller);
      const id = versionIdOf(caller);
      if (secret.versions.some((version) => version.id === id))
        throw new ApiError("ResourceInUse.VersionIdExists", `the secret ${secret.name} has a version ${id}`);
      addSecret(caller.world, caller.region, secret.name, givenValue(caller), id);
      return { SecretName: secret.name, VersionId: id };
    },
  },
};
