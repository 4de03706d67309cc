import type { IncomingMessage, ServerResponse } from "node:http";
import { answerPress, type ButtonOptions } from "../../buttons.ts";
import { GuardError, whyOf } from "../../errors.ts";
import type { DaemonLog } from "./daemon.ts";

/** A message of Slack has 50 blocks at most, and comes back with each press. */
const MOST_BYTES = 1_000_000;

/**
 * `/slack/actions` of the daemon: the same as the buttons' function. The configuration is read anew for each press. Bodies are empty:
 * whoever asks is not always Slack.
 */
export function createSlackActions(open: () => Promise<Omit<ButtonOptions, "log">>, log: DaemonLog) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const end = (status: number) => {
      response.writeHead(status);
      response.end();
    };
    const body = await bodyOf(request);
    if (body === null) return end(413);
    let options: Omit<ButtonOptions, "log">;
    try {
      options = await open();
    } catch (error) {
      if (error instanceof GuardError && error.code === "NoButtons") return end(404);
      log.error({ why: whyOf(error) }, "press failed");
      return end(503);
    }
    const signed = {
      body,
      signature: one(request.headers["x-slack-signature"]),
      timestamp: one(request.headers["x-slack-request-timestamp"]),
    };
    const { status } = await answerPress(signed, { ...options, log: (why) => log.error({ why }, "press failed") });
    end(status);
  };
}

/** Null where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > MOST_BYTES) return null;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
