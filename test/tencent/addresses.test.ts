import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { apiError, type Cloud, REGION, type Received, type Reply, row, startCloud } from "./cloud.ts";

let cloud: Cloud | undefined;

async function open(reply: (call: Received) => Reply): Promise<Cloud> {
  cloud = await startCloud(reply);
  return cloud;
}

afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

const ids = (count: number) => Array.from({ length: count }, (_, index) => `eip-${String(index).padStart(8, "0")}`);

function page(all: readonly string[], { parameters }: Received): Reply {
  const { Offset, Limit } = parameters;
  const offset = Number(Offset);
  return { TotalCount: all.length, AddressSet: all.slice(offset, offset + Number(Limit)).map((id) => row(id)) };
}

describe("the listing of EIPs", () => {
  it.each([
    { eips: 0, calls: 1 },
    { eips: 1, calls: 1 },
    { eips: 100, calls: 1 },
    { eips: 101, calls: 2 },
    { eips: 2_000, calls: 20 },
  ])("reads $eips EIPs in $calls calls, each once", async ({ eips, calls }) => {
    const { reader, calls: made } = await open((call) => page(ids(eips), call));
    const { addresses, partial } = await reader.addresses("default", REGION);
    expect(addresses.known && addresses.value.map(({ id }) => id).sort()).toEqual(ids(eips));
    expect(partial).toEqual([]);
    expect(made).toHaveLength(calls);
  });

  it("reads again when a row shifts over the edge of a page, and is then complete", async () => {
    const all = ids(150);
    let shifted = false;
    const { reader } = await open((call) => {
      if (call.parameters.Offset === 0 || shifted) return page(all, call);
      shifted = true;
      // What was first on this page has moved to the page before: it is shown by neither.
      return { TotalCount: 150, AddressSet: [...all.slice(101), all[0] ?? ""].map((id) => row(id)) };
    });
    const { addresses } = await reader.addresses("default", REGION);
    expect(addresses.known && addresses.value).toHaveLength(150);
  });

  it.each([
    { rule: "rows are fewer than TotalCount", rows: 2, total: 3 },
    { rule: "rows are more than TotalCount", rows: 3, total: 2 },
  ])("is unknown where the $rule every time, and keeps what was read as partial", async ({ rows, total }) => {
    const { reader } = await open(() => ({ TotalCount: total, AddressSet: ids(rows).map((id) => row(id)) }));
    const { addresses, partial } = await reader.addresses("default", REGION);
    expect(addresses).toMatchObject({ known: false, why: expect.stringContaining(`listed ${rows} EIPs`) });
    expect(partial).toHaveLength(rows);
  });

  it("is unknown, and ends, where its pages repeat themselves and TotalCount is a million", async () => {
    const { reader, calls } = await open(() => ({ TotalCount: 1_000_000, AddressSet: ids(100).map((id) => row(id)) }));
    const { addresses, partial } = await reader.addresses("default", REGION);
    expect(addresses).toMatchObject({
      known: false,
      why: expect.stringContaining("listed 100 EIPs where TotalCount is 1000000"),
    });
    expect(partial).toHaveLength(100);
    expect(calls.length).toBeLessThan(200);
  });

  it("is unknown where one page fails, and keeps the others as partial", async () => {
    const { reader } = await open((call) => (call.parameters.Offset === 0 ? page(ids(150), call) : apiError("ResourceNotFound")));
    const { addresses, partial } = await reader.addresses("default", REGION);
    expect(addresses.known).toBe(false);
    expect(partial).toHaveLength(100);
  });

  it.each<{ rule: string; reply: Reply }>([
    { rule: "has no AddressSet", reply: { TotalCount: 0 } },
    { rule: "has a null AddressSet", reply: { TotalCount: 0, AddressSet: null } },
    { rule: "has no TotalCount", reply: { AddressSet: [] } },
    { rule: "is no JSON", reply: "not-json" },
  ])("never takes an answer for an empty listing that $rule", async ({ reply }) => {
    const { reader } = await open(() => reply);
    expect(await reader.addresses("default", REGION)).toMatchObject({ addresses: { known: false }, partial: [] });
  });
});

describe("one EIP", () => {
  async function only(fields: Readonly<Record<string, unknown>>) {
    const { reader } = await open(() => ({ TotalCount: 1, AddressSet: [row("eip-aaaaaaaa", fields)] }));
    const { addresses } = await reader.addresses("default", REGION);
    if (!addresses.known) throw new Error(addresses.why);
    return addresses.value[0];
  }

  it.each(["CREATING", "BINDING", "BIND", "UNBINDING", "UNBIND", "OFFLINING", "BIND_ENI"])(
    "knows the status %s, in any case",
    async (status) => {
      expect(await only({ AddressStatus: status.toLowerCase() })).toMatchObject({ status, rawStatus: status.toLowerCase() });
    },
  );

  it.each([{ status: "HIBERNATING" }, { status: "" }, { status: null }])(
    "has an unknown status where the cloud says $status",
    async ({ status }) => {
      expect(await only({ AddressStatus: status })).toMatchObject({ status: "UNKNOWN", rawStatus: status ?? "" });
    },
  );

  it.each<{ field: string; value: unknown; kept: object }>([
    { field: "InternetChargeType", value: 7, kept: { chargeType: "7" } },
    { field: "InternetChargeType", value: "", kept: { chargeType: "" } },
    { field: "InternetChargeType", value: ["TRAFFIC_POSTPAID_BY_HOUR"], kept: { chargeType: '["TRAFFIC_POSTPAID_BY_HOUR"]' } },
    { field: "DeadlineDate", value: 1_800_000_000, kept: { deadline: "1800000000" } },
    { field: "DeadlineDate", value: "", kept: { deadline: null } },
    { field: "RenewFlag", value: "NOTIFY_AND_AUTO_RENEW", kept: { renewFlag: "NOTIFY_AND_AUTO_RENEW" } },
    { field: "RenewFlag", value: true, kept: { renewFlag: "true" } },
    { field: "AntiDDoSPackageId", value: "bgp-1", kept: { antiDdosPackageId: "bgp-1" } },
    { field: "PayMode", value: "BANDWIDTH_PREPAID_BY_MONTH", kept: { payMode: "BANDWIDTH_PREPAID_BY_MONTH" } },
    { field: "AddressType", value: 1, kept: { type: "1" } },
    { field: "AddressStatus", value: 4, kept: { status: "UNKNOWN", rawStatus: "4" } },
    { field: "InternetServiceProvider", value: { Name: "BGP" }, kept: { isp: '{"Name":"BGP"}' } },
    { field: "Bandwidth", value: "100", kept: { bandwidth: null } },
    { field: "IsArrears", value: "false", kept: { isArrears: null } },
    { field: "IsBlocked", value: 0, kept: { isBlocked: null } },
    { field: "CascadeRelease", value: "true", kept: { cascadeRelease: null } },
    { field: "EipAlgType", value: "none", kept: {} },
    { field: "LocalBgp", value: "yes", kept: {} },
  ])("is read where $field is $value, and doubts that field alone", async ({ field, value, kept }) => {
    expect(await only({ [field]: value })).toMatchObject({ id: "eip-aaaaaaaa", ...kept });
  });

  it.each([{ TagSet: "none" }, { TagSet: [{ Value: "no key" }] }, { TagSet: { key: "value" } }])(
    "has unknown tags where TagSet is $TagSet: one of them may be a keep tag",
    async (fields) => {
      expect((await only(fields))?.tags.known).toBe(false);
    },
  );

  it.each([{ TagSet: undefined }, { TagSet: null }])("has unknown tags where TagSet is $TagSet", async (fields) => {
    expect((await only(fields))?.tags.known).toBe(false);
  });

  it("has no tags where TagSet is empty", async () => {
    expect((await only({ TagSet: [] }))?.tags).toEqual({ known: true, value: {} });
  });

  it("says null, not false, of arrears, blocking and cascade where the cloud does not say", async () => {
    expect(await only({})).toMatchObject({ isArrears: null, isBlocked: null, cascadeRelease: null });
  });
});

const filters = z.array(z.object({ Name: z.literal("address-id"), Values: z.array(z.string()).max(100) }));

describe("EIPs by id", () => {
  it("asks for all ids, a page at a time", async () => {
    const { reader, calls } = await open(({ parameters }) => {
      const values = filters.parse(parameters.Filters)[0]?.Values ?? [];
      return { TotalCount: values.length, AddressSet: values.map((id) => row(id)) };
    });
    const answer = await reader.addressesById("default", REGION, ids(150));
    expect(answer.known && answer.value).toHaveLength(150);
    expect(calls).toHaveLength(2);
  });

  it("knows that an EIP is gone where neither row nor count shows it", async () => {
    const { reader } = await open(() => ({ TotalCount: 0, AddressSet: [] }));
    expect(await reader.addressesById("default", REGION, ["eip-aaaaaaaa"])).toEqual({ known: true, value: [] });
  });

  it.each<{ rule: string; reply: Reply }>([
    { rule: "the count says one and no row is shown", reply: { TotalCount: 1, AddressSet: [] } },
    { rule: "another EIP is shown than was asked for", reply: { TotalCount: 1, AddressSet: [row("eip-bbbbbbbb")] } },
  ])("does not know it gone where $rule", async ({ reply }) => {
    const { reader } = await open(() => reply);
    expect((await reader.addressesById("default", REGION, ["eip-aaaaaaaa"])).known).toBe(false);
  });
});

describe("what is read beside the EIPs", () => {
  it.each([
    { word: "STANDARD", type: "standard" },
    { word: "LEGACY", type: "legacy" },
    { word: "SOMETHING_NEW", type: "other" },
  ])("maps the account type $word to $type", async ({ word, type }) => {
    const { reader } = await open(() => ({ NetworkAccountType: word }));
    expect(await reader.accountType("default", REGION)).toEqual({ known: true, value: type });
  });

  it("takes the quota from TOTAL_EIP_QUOTA and from nothing else", async () => {
    const quota = (id: string, limit: number, current: number) => ({ QuotaId: id, QuotaLimit: limit, QuotaCurrent: current });
    const { reader } = await open(() => ({ QuotaSet: [quota("DAILY_EIP_APPLY", 40, 1), quota("TOTAL_EIP_QUOTA", 20, 7)] }));
    expect(await reader.quota("default", REGION)).toEqual({ known: true, value: { limit: 20, used: 7 } });
  });

  it("does not know the quota where TOTAL_EIP_QUOTA is missing", async () => {
    const { reader } = await open(() => ({ QuotaSet: [] }));
    expect((await reader.quota("default", REGION)).known).toBe(false);
  });
});
