import { BlockList, isIP } from "node:net";
import { isLoopback } from "../config/loopback.ts";
import { GuardError } from "../errors.ts";

/**
 * Which proxy the environment names for an address (contract.md, Proxies). HTTPS_PROXY holds for https, HTTP_PROXY for http, NO_PROXY takes hosts out; either case.
 * Never for loopback. A proxy's address may hold a password: no message shows one.
 */

/** The proxy for an address; null: none. */
export type ProxyFor = (url: URL) => URL | null;

export const NO_PROXY: ProxyFor = () => null;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws GuardError of fault `user` `BadProxy` where a variable names no proxy that can be used */
export function proxiesOf(env: Environment): ProxyFor {
  const proxies: Readonly<Record<string, URL | null>> = {
    "https:": proxyIn(env, "HTTPS_PROXY"),
    "http:": proxyIn(env, "HTTP_PROXY"),
  };
  const isExcepted = exceptionsOf(variableOf(env, "NO_PROXY")?.value ?? "");
  return (url) => (isLoopback(url.href) || isExcepted(url) ? null : (proxies[url.protocol] ?? null));
}

/** The upper case wins, as in Go's clients. */
function variableOf(env: Environment, name: string): { readonly name: string; readonly value: string } | null {
  for (const one of [name, name.toLowerCase()]) {
    const value = env[one]?.trim() ?? "";
    if (value !== "") return { name: one, value };
  }
  return null;
}

function proxyIn(env: Environment, variable: string): URL | null {
  const found = variableOf(env, variable);
  if (found === null) return null;
  const { name, value } = found;
  const written = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "") return url;
  throw new GuardError(
    "BadProxy",
    "user",
    `${name} names no http or https proxy`,
    `set ${name} to an address such as http://proxy.example.com:3128, or unset it`,
  );
}

const PORTS: Readonly<Record<string, string>> = { "https:": "443", "http:": "80" };

/**
 * NO_PROXY as Go's clients read it: `*`; `example.com` with all below it; `.example.com` or `*.example.com` only what is below it; an address;
 * a network such as `10.0.0.0/8`; each with a port, or without.
 */
function exceptionsOf(written: string): (url: URL) => boolean {
  const tests = written
    .split(/[\s,]+/)
    .filter((one) => one !== "")
    .map(exceptionOf);
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
    return tests.some((test) => test(host, port === "" ? (PORTS[protocol] ?? "") : port));
  };
}

type Exception = (host: string, port: string) => boolean;

function exceptionOf(written: string): Exception {
  if (written === "*") return () => true;
  const network = networkOf(written);
  if (network !== null) return network;
  const [, bracketed, name = "", only] = /^(?:\[([^\]]+)\]|([^:]*|[0-9a-f:]*:[0-9a-f:]*))(?::(\d+))?$/i.exec(written) ?? [];
  const host = (bracketed ?? name).toLowerCase().replace(/^\*/, "");
  const fits = (port: string) => only === undefined || only === port;
  if (host.startsWith(".")) return (one, port) => fits(port) && one.endsWith(host);
  return (one, port) => fits(port) && host !== "" && (one === host || (isIP(one) === 0 && one.endsWith(`.${host}`)));
}

function networkOf(written: string): Exception | null {
  const [address = "", bits = ""] = written.split("/");
  const version = isIP(address);
  if (version === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return null;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), version === 4 ? "ipv4" : "ipv6");
  return (host) => isIP(host) === version && list.check(host, version === 4 ? "ipv4" : "ipv6");
}
