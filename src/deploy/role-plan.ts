import type { FunctionReader, PolicyFacts, RoleFacts } from "../deployment.ts";
import { GuardError } from "../errors.ts";
import { compare, denied, TRUST, trustedServices } from "./policy.ts";
import { must, type Plan, type Step } from "./step.ts";
import type { Wanted } from "./wanted.ts";

/** What the role of a function lacks, and what it may do besides. @throws GuardError */
export async function rolePlan(reader: FunctionReader, { role: wanted }: Wanted): Promise<Pick<Plan, "steps" | "notes">> {
  const role = must(await reader.role(wanted.name), `the role ${wanted.name}`);
  const loose = async () => must(await reader.policy(wanted.policy), `the policy ${wanted.policy}`);
  if (role === null) return { steps: [createRole(wanted), attachPolicy(wanted, await loose(), "all that it needs")], notes: [] };
  const services = trustedServices(role.trust);
  if (services === null || !services.includes("scf.qcloud.com")) throw otherTrust(wanted.name, services);
  const difference = compare(
    role.policies.map(({ document }) => document),
    wanted.document,
  );
  if (difference === null)
    throw new GuardError(
      "PolicyUnreadable",
      "cloud",
      `a policy of the role ${wanted.name} can't be read`,
      "look at it in the console",
    );
  const notes = excess(role, wanted);
  const own = role.policies.find(({ name }) => name === wanted.policy);
  if (own !== undefined) {
    const change = compare([own.document], wanted.document);
    const nothing = change !== null && change.lacks.length + change.exceeds.length === 0;
    if (nothing && denied(own.document, wanted.document).length === 0) return { steps: [], notes };
    return { steps: [updatePolicy(wanted, own, change?.lacks ?? [], change?.exceeds ?? [])], notes };
  }
  if (difference.lacks.length === 0) return { steps: [], notes };
  return { steps: [attachPolicy(wanted, await loose(), `the role lacks ${difference.lacks.join(", ")}`)], notes };
}

function otherTrust(name: string, services: readonly string[] | null): GuardError {
  const whom = services === null || services.length === 0 ? "no service" : services.join(", ");
  return new GuardError(
    "RoleTrustsOthers",
    "user",
    `the role ${name} may be assumed by ${whom}, not by scf.qcloud.com`,
    "choose another name as deploy.role, or let scf.qcloud.com assume it",
  );
}

/** What other policies of the role allow beyond what is needed, and what they deny of it. It is told, and left as it is. */
function excess({ policies }: RoleFacts, { name, policy, document }: Wanted["role"]): readonly string[] {
  return policies
    .filter((one) => one.name !== policy)
    .flatMap((one) => {
      const exceeds = compare([one.document], document)?.exceeds ?? [];
      const denies = denied(one.document, document);
      const left = `(policy ${one.name}); that is left as it is`;
      return [
        ...(exceeds.length === 0 ? [] : [`the role ${name} may do more than it needs: ${exceeds.join(", ")} ${left}`]),
        ...(denies.length === 0 ? [] : [`the role ${name} is denied what it needs: ${denies.join(", ")} ${left}`]),
      ];
    });
}

function createRole({ name }: Wanted["role"]): Step {
  const detail = "for scf.qcloud.com to assume";
  return {
    what: "create-role",
    name,
    detail,
    line: `create role ${name}: ${detail}`,
    changes: null,
    carryOut: (writer) => writer.createRole(name, TRUST),
  };
}

function rightsIn(document: string): string {
  const { lacks } = compare([], document) ?? { lacks: [] };
  return lacks.join(", ");
}

function attachPolicy({ name, policy, document }: Wanted["role"], loose: PolicyFacts | null, why: string): Step {
  const detail = `${why}: ${rightsIn(document)}`;
  return {
    what: "attach-policy",
    name: policy,
    detail,
    line: `attach policy ${policy} to role ${name}: ${detail}`,
    changes: null,
    async carryOut(writer) {
      const made = loose === null ? await writer.createPolicy(policy, document) : await writer.updatePolicy(loose.id, document);
      if (!made.ok) return made;
      const attached = await writer.attachPolicy(name, loose?.id ?? made.value ?? 0);
      return attached.ok ? attached : { ...attached, partly: `the policy ${policy} is there, and not attached` };
    },
  };
}

function updatePolicy(
  { name, policy, document }: Wanted["role"],
  own: PolicyFacts,
  lacks: readonly string[],
  exceeds: readonly string[],
): Step {
  const denies = denied(own.document, document);
  const parts = [
    ...(denies.length === 0 ? [] : [`no longer denied ${denies.join(", ")}`]),
    ...(lacks.length === 0 ? [] : [`wider by ${lacks.join(", ")}`]),
    ...(exceeds.length === 0 ? [] : [`narrower by ${exceeds.join(", ")}`]),
  ];
  const detail = parts.join("; ");
  return {
    what: "attach-policy",
    name: policy,
    detail,
    line: `change policy ${policy} of role ${name}: ${detail}`,
    changes: null,
    carryOut: (writer) => writer.updatePolicy(own.id, document),
  };
}
