import { editorSchema } from "../../config/json-schema.ts";
import { configurationReference } from "../../config/reference.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";
import { deliver } from "../output.ts";

/** `eip-guard schema`: the JSON Schema of the configuration, or its reference page (`--format markdown`). */
export async function schema(context: CommandContext): Promise<number> {
  const markdown = context.options.format === "markdown";
  await deliver(context, markdown ? configurationReference() : JSON.stringify(editorSchema(), null, 2));
  return EXIT.done;
}
