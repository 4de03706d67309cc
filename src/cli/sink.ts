import { once } from "node:events";
import type { WriteStream } from "node:tty";
import type { Sink } from "./io.ts";

/** A stream of the process that never throws: work that acts must not end in its middle because nobody listens. */
export interface GuardedSink extends Sink {
  readonly isGone: () => boolean;
  /** Why data was lost; null where nothing was, or where its reader went away of its own will, as in `eip-guard scan | head`. */
  readonly lost: () => Error | null;
}

/** After the first failure everything that is written goes nowhere. */
export function guardedSink(stream: WriteStream): GuardedSink {
  let failure: Error | null = null;
  const fail = (error: unknown) => {
    failure ??= error instanceof Error ? error : new Error(String(error));
  };
  stream.on("error", fail);
  return {
    write(text) {
      if (failure !== null) return true;
      try {
        return stream.write(text);
      } catch (error) {
        // Some versions of Node throw here when a disk is full.
        fail(error);
        return true;
      }
    },
    isTTY: stream.isTTY,
    columns: stream.columns,
    async drained() {
      if (failure === null) await once(stream, "drain").catch(fail);
    },
    isGone: () => failure !== null,
    lost: () => (failure !== null && !isClosed(failure) ? failure : null),
  };
}

function isClosed(error: Error): boolean {
  return "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}
