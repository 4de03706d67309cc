import * as z from "zod";
import { known, type Reading, unknown } from "../core/terms/known.ts";
import { before, type Instant, instant, MINUTE, milliseconds } from "../core/terms/time.ts";
import { GuardError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { type Answer, type Call, readingOf, type Secret, type Transport } from "./transport.ts";

/**
 * Credentials for each account: our own, or those of a role that is assumed. STS is called directly, because the SDK's STSCredential
 * caches a failed call for ever (domain.md §7); here only a success is remembered, until shortly before it expires.
 */
export interface Sessions {
  /** Calls in the name of an account. */
  readonly call: <T>(account: string, call: Call, schema: z.ZodType<T>) => Promise<Reading<T>>;
  /** Like `call`, for callers that tell error codes apart. */
  readonly tryCall: <T>(account: string, call: Call, schema: z.ZodType<T>) => Promise<Answer<T>>;
}

export interface Account {
  readonly name: string;
  readonly roleArn: string | null;
  readonly regions: readonly string[];
}

const roleAnswer = z.object({
  Credentials: z.object({ Token: z.string(), TmpSecretId: z.string(), TmpSecretKey: z.string() }),
  ExpiredTime: z.number(),
});

const WHO_WE_ARE = (region: string | null): Call => ({ action: "GetCallerIdentity", region, parameters: {} });

/** A call around a role: that its keys are refused is a failure of that account's, and no fault of the user's own keys. */
async function ofRole<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof GuardError) || error.code !== "CredentialsRefused") throw error;
    return {
      ok: false,
      failure: { code: "AuthFailure", message: error.message, requestId: "", ambiguous: false, cause: "role" },
    };
  }
}

interface RoleSession {
  readonly secret: Secret;
  readonly expiresAt: Instant;
}

const RENEW_BEFORE = milliseconds(5 * MINUTE);

export function createSessions(
  transport: Transport,
  accounts: readonly Account[],
  own: Secret,
  stsRegion: string,
  clock: Clock,
): Sessions {
  const roles = new Map<string, RoleSession>();
  const asking = new Map<string, Promise<Reading<Secret>>>();

  async function assume({ name, roleArn, regions }: Account & { readonly roleArn: string }): Promise<Reading<Secret>> {
    const call: Call = {
      action: "AssumeRole",
      region: regions[0] ?? stsRegion,
      parameters: { RoleArn: roleArn, RoleSessionName: "eip-guard", DurationSeconds: 3600 },
    };
    const answer = readingOf(await ofRole(() => transport.call("own", own, call, roleAnswer)), call);
    // The refusal may be of our own keys, which ends a run, or of this role alone, which is its account's gap: our keys tell.
    if (!answer.known && answer.cause === "role") await transport.call("own", own, WHO_WE_ARE(call.region), z.unknown());
    if (!answer.known) return unknown(`role of account ${name}: ${answer.why}`, answer.cause === "network" ? "network" : "role");
    const { Credentials: temporary, ExpiredTime } = answer.value;
    const secret = { secretId: temporary.TmpSecretId, secretKey: temporary.TmpSecretKey, token: temporary.Token };
    roles.set(name, { secret, expiresAt: instant(ExpiredTime * 1_000) });
    return known(secret);
  }

  async function secretOf(account: string): Promise<Reading<Secret>> {
    const configured = accounts.find((candidate) => candidate.name === account);
    if (configured === undefined) return unknown(`account ${account} is not configured`);
    const { roleArn } = configured;
    if (roleArn === null) return known(own);
    const session = roles.get(account);
    if (session !== undefined && clock.now() < before(session.expiresAt, RENEW_BEFORE)) return known(session.secret);
    const present = asking.get(account);
    if (present !== undefined) return present;
    const question = assume({ ...configured, roleArn }).finally(() => asking.delete(account));
    asking.set(account, question);
    return question;
  }

  async function tryCall<T>(account: string, call: Call, schema: z.ZodType<T>): Promise<Answer<T>> {
    const secret = await secretOf(account);
    if (!secret.known) {
      const failure = { code: "", message: secret.why, requestId: "", ambiguous: false };
      return { ok: false, failure: secret.cause === undefined ? failure : { ...failure, cause: secret.cause } };
    }
    if (secret.value === own) return transport.call(account, own, call, schema);
    const answer = await ofRole(() => transport.call(account, secret.value, call, schema));
    // A session that was ended is asked for anew by the next call.
    if (!answer.ok && answer.failure.cause === "role") roles.delete(account);
    return answer;
  }

  return {
    tryCall,
    async call(account, call, schema) {
      const answer = await tryCall(account, call, schema);
      return readingOf(answer, call);
    },
  };
}
