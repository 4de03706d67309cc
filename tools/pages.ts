import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configurationReference } from "../src/config/reference.ts";
import { findingsPage, reasonsPage } from "../src/core/audit/pages.ts";
import { commandsPage } from "./commands.ts";
import { deployPage } from "./deploy-story.ts";
import { fieldsPage } from "./fields.ts";
import { roomsPage } from "./rooms.ts";
import { scalePage } from "./scale.ts";
import { securityPage } from "./security.ts";
import { terraformRights } from "./terraform-rights.ts";
import { walkthroughPage } from "./walkthrough/page.ts";

/** A page that is made from the sources: `npm run docs` writes it, and a test fails where it is stale. */
export interface GeneratedPage {
  /** From the project's root. */
  readonly file: string;
  readonly make: () => string | Promise<string>;
}

export const PAGES: readonly GeneratedPage[] = [
  { file: "docs/reasons.md", make: reasonsPage },
  { file: "docs/findings.md", make: findingsPage },
  { file: "docs/configuration.md", make: configurationReference },
  { file: "docs/commands.md", make: commandsPage },
  { file: "docs/json.md", make: fieldsPage },
  { file: "docs/rooms.md", make: roomsPage },
  { file: "docs/deploy.md", make: deployPage },
  { file: "docs/scale.md", make: scalePage },
  { file: "docs/security.md", make: securityPage },
  { file: "deploy/terraform/policy/rights.json", make: terraformRights },
  { file: "docs/walkthrough.md", make: walkthroughPage },
  // A chart can't read beside itself.
  { file: "deploy/helm/files/cluster-role.yaml", make: () => read("deploy/base/cluster-role.yaml") },
  { file: "deploy/helm/files/claim-delete.yaml", make: () => read("deploy/overlays/enforce/claim-delete.yaml") },
];

const ROOT = join(import.meta.dirname, "..");

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

export function pathOf({ file }: GeneratedPage): string {
  return join(ROOT, file);
}

/** What stands in the file now; null where there is none. */
export function present(page: GeneratedPage): string | null {
  try {
    return readFileSync(pathOf(page), "utf8");
  } catch {
    return null;
  }
}
