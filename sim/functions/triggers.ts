import { Cron } from "croner";
import type { CloudFunction, FunctionInvocation, FunctionTrigger } from "../world/functions.ts";
import type { World } from "../world/world.ts";

/** Timers: seven fields, read in UTC+8; each tick is an asynchronous invocation, repeated where it fails. */

export const DEFAULT_RETRIES = 2;
export const DEFAULT_TIME_TO_LIVE = 21_600;

export function cronOf({ desc }: Pick<FunctionTrigger, "desc">): string {
  if (!desc.startsWith("{")) return desc;
  const { cron } = JSON.parse(desc);
  return typeof cron === "string" ? cron : "";
}

/** Whether SCF takes it. */
export function isCron(written: string): boolean {
  if (written.trim().split(/\s+/).length !== 7) return false;
  try {
    return new Cron(written, { timezone: "Asia/Shanghai" }) !== undefined;
  } catch {
    return false;
  }
}

export function timerEvent({ name, argument }: FunctionTrigger, at: number) {
  return { Type: "Timer", TriggerName: name, Time: new Date(at).toISOString().replace(/\.\d+Z$/, "Z"), Message: argument };
}

export type RunEvent = (fn: CloudFunction, event: unknown) => Promise<FunctionInvocation>;

/** Lets a timer tick by the world's clock for as long as it is there and open. */
export function arm(world: World, fn: CloudFunction, trigger: FunctionTrigger, fire: (at: number) => void): void {
  const { modifiedAt } = trigger;
  const next = new Cron(cronOf(trigger), { timezone: "Asia/Shanghai" }).nextRun(new Date(world.clock.now()));
  // A timer of the machine holds 24 days at most.
  if (next === null || next.getTime() - world.clock.now() > 20 * 86_400_000) return;
  world.clock.schedule(next.getTime() - world.clock.now(), () => {
    if (!fn.region.functions.has(`${fn.namespace}/${fn.name}`) || !fn.triggers.includes(trigger)) return;
    if (!trigger.open || trigger.modifiedAt !== modifiedAt) return;
    fire(next.getTime());
    arm(world, fn, trigger, fire);
  });
}

/** One asynchronous invocation with its repetitions. They come at once here: a minute apart would be too long to wait for. */
export async function runAsynchronously(
  fn: CloudFunction,
  event: unknown,
  run: RunEvent,
): Promise<readonly FunctionInvocation[]> {
  const made: FunctionInvocation[] = [];
  for (let tries = 0; tries <= fn.retries; tries += 1) {
    const invocation = await run(fn, event);
    made.push(invocation);
    if (invocation.error === "") break;
  }
  return made;
}
