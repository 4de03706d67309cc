import * as z from "zod";
import { USUAL_OWNER_KEYS } from "../../core/terms/owner.ts";
import { text } from "../fields.ts";
import type { Problem } from "../problem.ts";
import type { Around, Section } from "../section.ts";
import type { PolicyInFile } from "./policy.ts";

/** `owner`: where it stands whose an EIP is. */

export const example = `owner:                               # whose an EIP is: the first that is found on its Pod, template or namespace; then its tags
  labels: [team, app.kubernetes.io/part-of]
  annotations: []
  tags: [Owner]
`;

const { labels, annotations, tags } = USUAL_OWNER_KEYS;

function schema() {
  return z
    .strictObject(
      {
        labels: keys("a label's key", labels).describe(
          "Labels of Pods, Pod templates and namespaces that name the owner, in order.",
        ),
        annotations: keys("an annotation's key", annotations).describe(
          "Annotations of the same that name the owner; asked after the labels.",
        ),
        tags: keys("a tag's key", tags).describe("Tags of the EIP that name the owner, where no object does."),
      },
      { error: "must be a mapping: labels, annotations, tags" },
    )
    .prefault({})
    .describe(
      "Where it stands whose an EIP is: on its Pod, then in the template of its workload, on its namespace, in its tags.",
    );
}

function keys(what: string, usual: readonly string[]) {
  return z.array(text(what), { error: `must be a list: each is ${what}` }).default([...usual]);
}

export type OwnerInFile = z.output<ReturnType<typeof schema>>;

export const owner = {
  schema,
  problems(own: OwnerInFile, { beside }: Around<{ readonly policy?: PolicyInFile }>): readonly Problem[] {
    if (Object.values(own).some((list) => list.length > 0)) return [];
    const rules = beside.policy?.rules ?? [];
    return rules.flatMap(({ match }, index) =>
      match.owner === undefined
        ? []
        : [
            {
              path: ["policy", "rules", index, "match", "owner"],
              message: `${JSON.stringify(match.owner)} can match nothing: owner names no labels, annotations or tags`,
            },
          ],
    );
  },
} satisfies Section;
