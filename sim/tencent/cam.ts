import type { CamPolicy, CamRole } from "../world/functions.ts";
import { addPolicy } from "../world/functions.ts";
import { type Action, ApiError, type Caller, list, number, text } from "./action.ts";

/** Access management: roles with a trust, policies, and which are attached to which. */

const COMMON = { version: "2019-01-16", service: "cam", perSecond: 20 } as const;
const NAME = /^[A-Za-z0-9+=,.@_-]{1,128}$/;
/** ipamd's own role, whose policies are part of the world. */
const IPAMD = "IPAMDofTKE_QCSRole";

function china(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

function roleOf({ account, parameters }: Caller, name: string, id: string): CamRole {
  const wantedName = text(parameters, name);
  const wantedId = text(parameters, id);
  if ((wantedName === "") === (wantedId === ""))
    throw new ApiError("InvalidParameter.ParamError", `one of ${id} and ${name} is needed`);
  const role = [...account.camRoles.values()].find((one) => one.name === wantedName || one.id === wantedId);
  if (role === undefined) throw new ApiError("InvalidParameter.RoleNotExist", "role not exist");
  return role;
}

function policyOf({ account, parameters }: Caller, id = "PolicyId"): CamPolicy {
  const wanted = parameters[id] === undefined ? text(parameters, "PolicyName") : number(parameters, id, -1);
  const policy = [...account.policies.values()].find((one) => one.id === wanted || one.name === wanted);
  if (policy === undefined) throw new ApiError("ResourceNotFound.PolicyIdNotFound", "policy not exist");
  return policy;
}

function checkDocument(document: string, trust: boolean): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw new ApiError("InvalidParameter.PolicyDocumentError", "the policy document is no JSON");
  }
  const { version, statement } = Object(parsed);
  if (version !== "2.0" || !Array.isArray(statement) || statement.length === 0)
    throw new ApiError("InvalidParameter.PolicyDocumentError", "the policy document needs version 2.0 and a statement");
  for (const one of statement) {
    const { effect, action, resource, principal } = Object(one);
    const complete = action !== undefined && (trust ? principal !== undefined : resource !== undefined);
    if ((effect !== "allow" && effect !== "deny") || !complete)
      throw new ApiError("InvalidParameter.PolicyDocumentError", "a statement of the policy document is not complete");
  }
  if (document.length > 6_144) throw new ApiError("InvalidParameter.PolicyDocumentLengthOverLimit", "at most 6144 characters");
}

function attachedOf(role: CamRole, { account, parameters }: Caller) {
  const page = number(parameters, "Page", 1);
  const size = number(parameters, "Rp", 20);
  if (size > 200) throw new ApiError("InvalidParameter.ParamError", "Rp is at most 200");
  const policies = role.attached.flatMap((id) => {
    const policy = account.policies.get(id);
    return policy === undefined ? [] : [policy];
  });
  return {
    TotalNum: policies.length,
    List: policies.slice((page - 1) * size, page * size).map((policy) => ({
      PolicyId: policy.id,
      PolicyName: policy.name,
      AddTime: china(policy.addedAt),
      PolicyType: policy.preset ? "QCS" : "User",
      CreateMode: 2,
      Deactived: 0,
      DeactivedDetail: [],
      Description: policy.description,
    })),
  };
}

function ipamdPolicies({ account }: Caller) {
  return {
    TotalNum: account.ipamdPolicies.length,
    List: account.ipamdPolicies.map((PolicyName, index) => ({
      PolicyId: index + 1,
      PolicyName,
      AddTime: "2024-01-01 00:00:00",
      PolicyType: "QCS",
      CreateMode: 2,
      Deactived: 0,
      DeactivedDetail: [],
      Description: "",
    })),
  };
}

function tagsIn(parameters: Caller["parameters"]): readonly { readonly Key: string; readonly Value: string }[] {
  return list(parameters, "Tags") as readonly { Key: string; Value: string }[];
}

export const CAM_ACTIONS: Readonly<Record<string, Action>> = {
  ListAttachedRolePolicies: {
    ...COMMON,
    parameters: { Page: "int!", Rp: "int!", RoleId: "string", RoleName: "string", PolicyType: "string", Keyword: "string" },
    perSecond: 10,
    writes: false,
    answer: (caller) =>
      text(caller.parameters, "RoleName") === IPAMD
        ? ipamdPolicies(caller)
        : attachedOf(roleOf(caller, "RoleName", "RoleId"), caller),
  },
  GetRole: {
    ...COMMON,
    parameters: { RoleId: "string", RoleName: "string" },
    writes: false,
    answer(caller) {
      const role = roleOf(caller, "RoleName", "RoleId");
      return {
        RoleInfo: {
          RoleId: role.id,
          RoleName: role.name,
          PolicyDocument: role.document,
          Description: role.description,
          AddTime: china(role.addedAt),
          UpdateTime: china(role.addedAt),
          ConsoleLogin: 0,
          RoleType: "user",
          SessionDuration: 0,
          DeletionTaskId: null,
          Tags: role.tags,
          RoleArn: `qcs::cam::uin/${caller.account.uin}:roleName/${role.name}`,
        },
      };
    },
  },
  CreateRole: {
    ...COMMON,
    parameters: {
      RoleName: "string!",
      PolicyDocument: "string!",
      Description: "string",
      ConsoleLogin: "int",
      SessionDuration: "int",
      Tags: "list",
    },
    writes: true,
    answer({ account, parameters, world }) {
      const name = text(parameters, "RoleName");
      if (!NAME.test(name)) throw new ApiError("InvalidParameter.RoleNameError", `the name ${name} is not valid`);
      if (account.camRoles.has(name)) throw new ApiError("InvalidParameter.RoleNameInUse", "role name in use");
      checkDocument(text(parameters, "PolicyDocument"), true);
      const id = `46116860184${10_000_000 + account.camRoles.size}`;
      account.camRoles.set(name, {
        id,
        name,
        document: text(parameters, "PolicyDocument"),
        description: text(parameters, "Description"),
        addedAt: world.clock.now(),
        tags: tagsIn(parameters),
        attached: [],
      });
      return { RoleId: id };
    },
  },
  UpdateAssumeRolePolicy: {
    ...COMMON,
    parameters: { PolicyDocument: "string!", RoleId: "string", RoleName: "string" },
    writes: true,
    answer(caller) {
      const role = roleOf(caller, "RoleName", "RoleId");
      checkDocument(text(caller.parameters, "PolicyDocument"), true);
      role.document = text(caller.parameters, "PolicyDocument");
      return {};
    },
  },
  ListPolicies: {
    ...COMMON,
    parameters: { Rp: "int", Page: "int", Scope: "string", Keyword: "string" },
    writes: false,
    answer({ account, parameters }) {
      const size = number(parameters, "Rp", 20);
      const page = number(parameters, "Page", 1);
      if (size < 1 || size > 200 || page < 1 || page > 200)
        throw new ApiError("InvalidParameter.ParamError", "Rp or Page is out of range");
      const scope = text(parameters, "Scope");
      const found = [...account.policies.values()].filter(
        ({ name, preset }) =>
          name.includes(text(parameters, "Keyword")) && (scope !== "Local" || !preset) && (scope !== "QCS" || preset),
      );
      return {
        TotalNum: found.length,
        List: found.slice((page - 1) * size, page * size).map((policy) => ({
          PolicyId: policy.id,
          PolicyName: policy.name,
          AddTime: china(policy.addedAt),
          Type: policy.preset ? 2 : 1,
          Description: policy.description,
          CreateMode: 2,
          Attachments: 0,
          ServiceType: "",
          IsAttached: 0,
          Deactived: 0,
          DeactivedDetail: [],
        })),
        ServiceTypeList: [],
      };
    },
  },
  GetPolicy: {
    ...COMMON,
    parameters: { PolicyId: "int!" },
    writes: false,
    answer(caller) {
      const policy = policyOf(caller);
      return {
        PolicyName: policy.name,
        Description: policy.description,
        Type: policy.preset ? 2 : 1,
        AddTime: china(policy.addedAt),
        UpdateTime: china(policy.addedAt),
        PolicyDocument: policy.document,
        PresetAlias: "",
        IsServiceLinkedRolePolicy: 0,
        Tags: [],
      };
    },
  },
  CreatePolicy: {
    ...COMMON,
    parameters: { PolicyName: "string!", PolicyDocument: "string!", Description: "string", Tags: "list" },
    writes: true,
    answer({ account, parameters, world }) {
      const name = text(parameters, "PolicyName");
      if (!NAME.test(name)) throw new ApiError("InvalidParameter.PolicyNameError", `the name ${name} is not valid`);
      if ([...account.policies.values()].some((policy) => policy.name === name))
        throw new ApiError("FailedOperation.PolicyNameInUse", "PolicyName already in use");
      checkDocument(text(parameters, "PolicyDocument"), false);
      const policy = addPolicy(world, account, name, text(parameters, "PolicyDocument"), text(parameters, "Description"));
      return { PolicyId: policy.id };
    },
  },
  UpdatePolicy: {
    ...COMMON,
    parameters: { PolicyId: "int", PolicyName: "string", Description: "string", PolicyDocument: "string", Alias: "string" },
    writes: true,
    answer(caller) {
      const policy = policyOf(caller);
      if (policy.preset) throw new ApiError("OperationDenied.PresetPolicy", "a preset policy can't be changed");
      checkDocument(text(caller.parameters, "PolicyDocument"), false);
      policy.document = text(caller.parameters, "PolicyDocument");
      return { PolicyId: policy.id };
    },
  },
  AttachRolePolicy: {
    ...COMMON,
    parameters: { PolicyId: "int", AttachRoleId: "string", AttachRoleName: "string", PolicyName: "string" },
    writes: true,
    answer(caller) {
      const role = roleOf(caller, "AttachRoleName", "AttachRoleId");
      const policy = policyOf(caller);
      if (!role.attached.includes(policy.id)) role.attached.push(policy.id);
      return {};
    },
  },
  DetachRolePolicy: {
    ...COMMON,
    parameters: { PolicyId: "int", DetachRoleId: "string", DetachRoleName: "string", PolicyName: "string" },
    writes: true,
    answer(caller) {
      const role = roleOf(caller, "DetachRoleName", "DetachRoleId");
      const { id } = policyOf(caller);
      role.attached.splice(0, role.attached.length, ...role.attached.filter((one) => one !== id));
      return {};
    },
  },
};
