import { placeKey } from "../core/terms/place.ts";
import * as words from "../report/words.ts";
import type { CliIo, CommonOptions, Sink } from "./io.ts";

/** One line on a terminal that is written over as the reading goes on, and leaves nothing behind. */
export interface TerminalProgress {
  readonly region: (account: string, region: string, read: number, total: number) => void;
  readonly cluster: (id: string, podsRead: number) => void;
  /** Clears the line; to be called before anything else is written. */
  readonly end: () => void;
}

const SILENT: TerminalProgress = { region: () => undefined, cluster: () => undefined, end: () => undefined };
const CLEAR_LINE = "\r\u001B[K";

/** Progress on stderr where that is a terminal, and silence everywhere else and with --quiet. */
export function terminalProgress(
  { stderr, env = {} }: Pick<CliIo, "stderr"> & Partial<Pick<CliIo, "env">>,
  { quiet }: Pick<CommonOptions, "quiet">,
): TerminalProgress {
  if (stderr.isTTY !== true || quiet === true || env.TERM === "dumb") return SILENT;
  const regions = new Map<string, { readonly read: number; readonly total: number }>();
  const clusters = new Map<string, number>();
  let ended = false;
  const draw = () => {
    if (ended) return;
    const addresses = [...regions.values()];
    const parts = [
      `${words.count(regions.size, "region")}: ${sum(addresses.map(({ read }) => read)).toLocaleString("en")} of ${words.count(sum(addresses.map(({ total }) => total)), "EIP")}`,
      `${words.count(clusters.size, "cluster")}: ${words.count(sum([...clusters.values()]), "Pod")}`,
    ];
    stderr.write(`${CLEAR_LINE}${fitted(`reading ${parts.join(" · ")}`, stderr)}`);
  };
  return {
    region: (account, region, read, total) => {
      regions.set(placeKey({ account, region }), { read, total });
      draw();
    },
    cluster: (id, podsRead) => {
      clusters.set(id, podsRead);
      draw();
    },
    end: () => {
      if (!ended && regions.size + clusters.size > 0) stderr.write(CLEAR_LINE);
      ended = true;
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}

/** A line that wrapped could not be written over. */
function fitted(line: string, { columns }: Sink): string {
  const width = (columns ?? 80) - 1;
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
