import type * as z from "zod";
import type { Environment } from "./credentials.ts";
import type { Problem } from "./problem.ts";

/**
 * What a section of `eip-guard.yaml` says of itself. Each file in `sections/` holds one: its schema with a sentence for each key, its
 * problems and remarks, its part of `eip-guard init`'s file, and how the program's own types are made of it. A new key touches that file only.
 */
export interface Section {
  /** With the contract's defaults and floors. It checks and changes nothing: durations stay text. */
  schema(options: SchemaOptions): z.ZodType;
  /** What is wrong in several keys at once, or in a key and the environment. Asked only where the section's schema found nothing. */
  problems?(own: unknown, around: Around): readonly Problem[];
  /** What is allowed, but probably not meant: for people, beside the configuration. */
  remarks?(own: unknown, around: Around): readonly string[];
}

export interface SchemaOptions {
  /** Leaves the floors out: only for tests against a simulator on loopback (contract.md, Floors). */
  readonly shortDelays: boolean;
}

/** Where a section stands. */
export interface Around<Beside = Readonly<Record<string, unknown>>> {
  readonly env: Environment;
  /** The configuration file's folder, against which paths are resolved. */
  readonly folder: string;
  /** The other sections of the file; one with errors of its own is undefined. */
  readonly beside: Beside;
}
