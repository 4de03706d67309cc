import { keepHeapSmall } from "../src/heap.ts";
import { type Invocation, invoke } from "../src/scf.ts";

keepHeapSmall();

/**
 * What SCF calls (contract.md, The function): a Timer event runs one cycle, any other event is a dry run.
 *
 * @throws whatever made the run fail, so that the invocation fails with it
 */
export async function main_handler(event: unknown, context: unknown): Promise<object> {
  const invocation: Invocation = { event, context, env: process.env, folder: import.meta.dirname };
  return invoke(invocation);
}
