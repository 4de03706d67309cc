/**
 * What deploying needs of the cloud. Readers stand apart from writers, as everywhere: `deploy --dry-run` is given readers only. A refusal
 * is a value, so that whoever asked can say what was done before it.
 */

export type Asked<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface Refusal {
  readonly ok: false;
  /** For people: the action, the cloud's code and words, and the right that is missing. */
  readonly why: string;
  readonly kind:
    | "missing"
    | "forbidden"
    /** SCF does not serve the region. */
    | "no-region"
    | "no-namespace"
    /** SCF's own role is not there. */
    | "no-service-role"
    /** Something else is being done to it. */
    | "busy"
    /** Too many calls in a second; this one was not served. */
    | "throttled"
    | "exists"
    | "quota"
    /** Nobody knows whether it was done. */
    | "unanswered"
    | "other";
  /** What was done all the same, where it takes two calls: `the code is uploaded, and its hash is not noted`. */
  readonly partly?: string;
}

export interface PolicyFacts {
  readonly id: number;
  readonly name: string;
  /** JSON text. */
  readonly document: string;
}

export interface RoleFacts {
  readonly name: string;
  /** Who may assume it, as JSON text. */
  readonly trust: string;
  readonly policies: readonly PolicyFacts[];
}

/** What a function is told to be. */
export interface FunctionSettings {
  readonly runtime: string;
  readonly handler: string;
  /** MB. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly role: string;
  readonly vpc: { readonly vpcId: string; readonly subnetId: string } | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly description: string;
}

export interface FunctionFacts extends FunctionSettings {
  readonly id: string;
  /** `Event`, or `HTTP` for a web function; empty where it is not told. */
  readonly type: string;
  readonly status: string;
  /** Why it failed; empty where it did not. */
  readonly reason: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface TriggerFacts {
  readonly name: string;
  readonly type: string;
  readonly qualifier: string;
  readonly open: boolean;
  /** A timer's; empty for others. */
  readonly cron: string;
  /** A function URL's public address; empty where there is none. */
  readonly url: string;
  /** A function URL's: `NONE`, or `CAM` where a request needs the cloud's signature; empty for others. */
  readonly authentication: string;
}

export interface RetryFacts {
  readonly retries: number;
  /** Seconds for which an event is kept. */
  readonly timeToLive: number;
}

/** In one region and one namespace, by our own keys. */
export interface FunctionReader {
  readonly uin: () => Promise<Asked<string>>;
  /** Null: there is none. */
  readonly role: (name: string) => Promise<Asked<RoleFacts | null>>;
  /** One of our own account, attached or not. Null: there is none. */
  readonly policy: (name: string) => Promise<Asked<PolicyFacts | null>>;
  readonly fn: (name: string) => Promise<Asked<FunctionFacts | null>>;
  readonly triggers: (fn: string) => Promise<Asked<readonly TriggerFacts[]>>;
  readonly retries: (fn: string) => Promise<Asked<RetryFacts>>;
}

export interface FunctionWriter {
  readonly createRole: (name: string, trust: string) => Promise<Asked<null>>;
  readonly createPolicy: (name: string, document: string) => Promise<Asked<number>>;
  readonly updatePolicy: (id: number, document: string) => Promise<Asked<null>>;
  readonly attachPolicy: (role: string, policy: number) => Promise<Asked<null>>;
  readonly createFunction: (
    name: string,
    settings: FunctionSettings,
    code: Uint8Array,
    tags: Readonly<Record<string, string>>,
  ) => Promise<Asked<null>>;
  /** Sets the handler, too. */
  readonly updateCode: (name: string, code: Uint8Array, handler: string) => Promise<Asked<null>>;
  readonly updateConfiguration: (name: string, settings: Partial<FunctionSettings>) => Promise<Asked<null>>;
  readonly tag: (functionId: string, uin: string, tags: Readonly<Record<string, string>>) => Promise<Asked<null>>;
  readonly setRetries: (name: string, wanted: RetryFacts) => Promise<Asked<null>>;
  readonly createTimer: (fn: string, timer: string, cron: string) => Promise<Asked<null>>;
  /** Opens it, too. */
  readonly updateTimer: (fn: string, timer: TriggerFacts, cron: string) => Promise<Asked<null>>;
  readonly createUrl: (fn: string, trigger: string) => Promise<Asked<null>>;
  /** Opens it to everybody. */
  readonly updateUrl: (fn: string, trigger: TriggerFacts) => Promise<Asked<null>>;
  readonly deleteTrigger: (fn: string, trigger: TriggerFacts) => Promise<Asked<null>>;
  readonly deleteFunction: (name: string) => Promise<Asked<null>>;
  /** Runs it with an empty event; `error` is empty where it answered. */
  readonly invoke: (name: string, seconds: number) => Promise<Asked<{ readonly answer: string; readonly error: string }>>;
}
