/** @throws when the time is up before the work is done, which then goes on for nobody */
export async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    stop = () => reject(new Error("no answer in time"));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}
