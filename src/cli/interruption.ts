/**
 * The work's answer, or a rejection as soon as the signal ends it: for work that only reads, and may be dropped anywhere.
 * Work that writes is asked to end instead (`timeLeft`), so that it leaves ledger and trail whole.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error("interrupted"));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}
