import type { Policy } from "../core/terms/policy.ts";

/**
 * The configuration as the program uses it: checked, with the contract's defaults filled in, durations in milliseconds.
 * {@link file://./load.ts} makes one from `eip-guard.yaml`.
 */
export interface Config {
  readonly policy: Policy;
  readonly tencent: {
    /** At least one; `default` stands for the credentials' own account. */
    readonly accounts: readonly {
      readonly name: string;
      /** Null: the credentials' own account, no AssumeRole. */
      readonly roleArn: string | null;
      readonly regions: readonly string[];
    }[];
    /** One address for every product: `http://127.0.0.1:9000`; null for the public ones. */
    readonly endpoint: string | null;
  };
  readonly clusters: {
    readonly discover: boolean;
    readonly credentials: "files" | "describe";
    readonly kubeconfigs: readonly {
      readonly id: string;
      /** Absolute, resolved against the configuration file's folder. */
      readonly path: string;
      /** As it stands in the file: what messages name. */
      readonly written: string;
      /** Null: the file's current context. */
      readonly context: string | null;
      readonly account: string;
      readonly region: string;
    }[];
    readonly ignore: readonly string[];
    readonly deleted: readonly string[];
  };
  readonly evidence: { readonly cloudaudit: boolean; readonly billing: boolean };
  readonly alerts: { readonly slack: { readonly channel: string; readonly apiUrl: string | null } | null };
  readonly state:
    | { readonly kind: "dir"; readonly dir: string }
    | {
        readonly kind: "cos";
        readonly bucket: string;
        readonly region: string;
        readonly prefix: string;
        readonly endpoint: string | null;
      };
}
