import Sign from "tencentcloud-sdk-nodejs/tencentcloud/common/sign.js";
import { expect, it } from "vitest";
import { headersOf } from "../../src/tencent/signed.ts";

// A CommonJS module: what it exports is its default, or has it.
const SDK: typeof Sign.default = Reflect.get(Sign, "default") ?? Sign;

it.each([
  ["https://vpc.tencentcloudapi.com", null],
  ["https://vpc.ap-shanghai-fsi.tencentcloudapi.com", "ap-shanghai-fsi"],
  ["http://127.0.0.1:8080", "ap-guangzhou"],
])("signs a call to %s as the official SDK does", (origin, region) => {
  const parameters = { Filters: [{ Name: "address-name", Values: ["带宽", 'a"b'] }], Limit: 100 };
  const timestamp = 1_764_115_200;
  const secret = { secretId: "AKIDexample", secretKey: "key", token: null };
  const call = { ...secret, version: "2017-03-12", action: "DescribeAddresses", region };
  const signed = headersOf(new URL(origin), call, JSON.stringify(parameters), timestamp);
  const theirs = SDK.sign3({
    method: "POST",
    url: `${origin}/`,
    payload: parameters,
    timestamp,
    service: new URL(origin).host.split(".")[0] ?? "",
    ...secret,
    multipart: false,
    boundary: "",
    headers: { "Content-Type": "application/json" },
  });
  expect(signed.Authorization).toBe(theirs);
});
