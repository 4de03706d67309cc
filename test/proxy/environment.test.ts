import { describe, expect, it } from "vitest";
import { proxiesOf } from "../../src/proxy/environment.ts";

const P = "http://p.example:3128";
const through = (env: Readonly<Record<string, string>>, url: string) => proxiesOf(env)(new URL(url))?.origin ?? null;

describe("the proxy for an address", () => {
  it.each([
    ["https by HTTPS_PROXY", { HTTPS_PROXY: P }, "https://a.example/", P],
    ["https by https_proxy", { https_proxy: P }, "https://a.example/", P],
    ["https not by HTTP_PROXY", { HTTP_PROXY: P }, "https://a.example/", null],
    ["http by http_proxy", { http_proxy: P }, "http://a.example/", P],
    ["http not by HTTPS_PROXY", { HTTPS_PROXY: P }, "http://a.example/", null],
    ["the upper case before the lower", { HTTPS_PROXY: P, https_proxy: "http://q.example" }, "https://a.example/", P],
    ["the lower case where the upper is empty", { HTTPS_PROXY: " ", https_proxy: P }, "https://a.example/", P],
    ["a name without a scheme", { HTTPS_PROXY: "p.example:3128" }, "https://a.example/", P],
    ["a proxy that speaks TLS", { HTTPS_PROXY: "https://p.example" }, "https://a.example/", "https://p.example"],
    ["localhost never", { HTTP_PROXY: P, HTTPS_PROXY: P }, "https://localhost:9/", null],
    ["127.0.0.1 never", { HTTP_PROXY: P }, "http://127.0.0.1:9/", null],
    ["::1 never", { HTTP_PROXY: P }, "http://[::1]:9/", null],
    ["none where none is set", {}, "https://a.example/", null],
  ] as const)("%s", (_, env, url, proxy) => {
    expect(through(env, url)).toBe(proxy);
  });
});

describe("NO_PROXY", () => {
  it.each([
    ["*", "https://a.example/", true],
    ["a.example", "https://a.example/", true],
    ["A.Example", "https://a.example/", true],
    ["example", "https://a.example/", true],
    ["b.example,a.example", "https://a.example/", true],
    ["b.example a.example", "https://a.example/", true],
    ["a.example", "https://ba.example/", false],
    [".a.example", "https://a.example/", false],
    [".a.example", "https://b.a.example/", true],
    ["*.a.example", "https://b.a.example/", true],
    ["*.a.example", "https://a.example/", false],
    ["a.example:443", "https://a.example/", true],
    ["a.example:8443", "https://a.example/", false],
    ["a.example:8443", "https://a.example:8443/", true],
    ["10.0.0.0/8", "https://10.1.2.3/", true],
    ["10.0.0.0/8", "https://11.1.2.3/", false],
    ["10.0.0.0/8", "https://10.example/", false],
    ["10.1.2.3", "https://10.1.2.3/", true],
    ["2.3", "https://10.1.2.3/", false],
    ["fd00::/8", "https://[fd00::1]/", true],
    ["fd00::/8", "https://[fe80::1]/", false],
    ["[fd00::1]:443", "https://[fd00::1]/", true],
    ["fd00::1", "https://[fd00::1]/", true],
    ["", "https://a.example/", false],
    [",", "https://a.example/", false],
  ])("%j and %s: taken out %s", (written, url, isOut) => {
    expect(through({ HTTPS_PROXY: P, NO_PROXY: written }, url)).toBe(isOut ? null : P);
    expect(through({ https_proxy: P, no_proxy: written }, url)).toBe(isOut ? null : P);
  });
});

describe("what names no proxy", () => {
  it.each(["socks5://guard:marked@p.example", "ftp://marked.example", "http://", "::marked::"])(
    "%s is refused and not shown",
    (value) => {
      expect(() => proxiesOf({ https_proxy: value })).toThrow(
        expect.objectContaining({
          code: "BadProxy",
          fault: "user",
          message: expect.stringMatching(/^https_proxy names no http or https proxy$/),
        }),
      );
    },
  );
});
