import { describe, expect, it } from "vitest";
import { readKubeconfig, type Source } from "../../src/kubernetes/kubeconfig.ts";

const FILE: Source = { from: "file", folder: "/home/jane/.kube" };
const CLOUD: Source = { from: "cloud" };
const PEM = Buffer.from("-----BEGIN CERTIFICATE-----").toString("base64");
const EXEC = { apiVersion: "client.authentication.k8s.io/v1", command: "login" };

type Fields = Readonly<Record<string, unknown>>;

interface Parts {
  readonly config?: Fields;
  readonly context?: Fields;
  readonly cluster?: Fields;
  readonly user?: Fields;
}

function kubeconfig({ config, context, cluster, user }: Parts): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1", ...cluster } }],
    users: [{ name: "u", user: user ?? { token: "very-secret" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", ...context } }],
    "current-context": "x",
    ...config,
  });
}

/** `honoured`, or why not. */
function outcome(parts: Parts, source: Source): string {
  try {
    readKubeconfig(kubeconfig(parts), null, "kubeconfig k", source);
    return "honoured";
  } catch (error) {
    return error instanceof Error ? error.message : "no error";
  }
}

interface Row extends Parts {
  readonly key: string;
  /** `honoured`, or a part of the refusal, which always names the key. */
  readonly file: string;
  /** Left out: refused by its name. */
  readonly cloud?: string;
}

const NOT_FROM_CLOUD = "from the cloud it may hold only server, …-data and token";

describe("each key of a kubeconfig is honoured or refused by its name: in a file, and from the cloud", () => {
  const rows: readonly Row[] = [
    { key: "apiVersion", config: { apiVersion: "v1" }, file: "honoured", cloud: "honoured" },
    { key: "kind", config: { kind: "Config" }, file: "honoured", cloud: "honoured" },
    { key: "preferences", config: { preferences: {} }, file: "honoured", cloud: "honoured" },
    { key: "preferences", config: { preferences: { colors: true } }, file: "honoured" },
    { key: "extensions", config: { extensions: [{ name: "a", extension: {} }] }, file: "honoured" },
    { key: "current-contxt", config: { "current-contxt": "x" }, file: "'current-contxt' is not a key" },
    // Context
    { key: "namespace", context: { namespace: "games" }, file: "honoured", cloud: "honoured" },
    { key: "extensions", context: { extensions: [{ name: "a" }] }, file: "honoured" },
    { key: "proxy", context: { proxy: "x" }, file: "'proxy' is not a key" },
    // Cluster
    { key: "server", cluster: { server: "https://c.example.com:6443/a" }, file: "honoured", cloud: "honoured" },
    { key: "server", cluster: { server: "https://10.0.0.1", x: null }, file: "'x' is not a key", cloud: "'x' is not a key" },
    { key: "server", cluster: { server: "http://127.0.0.1:8001" }, file: "honoured", cloud: "must begin with https://" },
    {
      key: "server",
      cluster: { server: "http://10.0.0.1" },
      file: "must begin with https://",
      cloud: "must begin with https://",
    },
    {
      key: "server",
      cluster: { server: "ftp://127.0.0.1" },
      file: "must begin with https://",
      cloud: "must begin with https://",
    },
    { key: "server", cluster: { server: "https://a:very-secret@c" }, file: "password", cloud: "password" },
    { key: "server", cluster: { server: "10.0.0.1:very" }, file: "is no address", cloud: "is no address" },
    { key: "tls-server-name", cluster: { "tls-server-name": "kubernetes" }, file: "honoured" },
    { key: "insecure-skip-tls-verify", cluster: { "insecure-skip-tls-verify": true }, file: "another server's answers" },
    { key: "insecure-skip-tls-verify", cluster: { "insecure-skip-tls-verify": false }, file: "honoured", cloud: "honoured" },
    {
      key: "insecure-skip-tls-verify",
      cluster: { "insecure-skip-tls-verify": true, server: "https://127.0.0.1" },
      file: "honoured",
    },
    {
      key: "insecure-skip-tls-verify",
      cluster: { "insecure-skip-tls-verify": true, server: "https://127.0.0.1", "certificate-authority-data": PEM },
      file: "contradicts",
    },
    { key: "certificate-authority", cluster: { "certificate-authority": "ca.crt" }, file: "honoured" },
    { key: "certificate-authority-data", cluster: { "certificate-authority-data": PEM }, file: "honoured", cloud: "honoured" },
    {
      key: "certificate-authority-data",
      cluster: { "certificate-authority-data": "very-secret" },
      file: "no PEM",
      cloud: "no PEM",
    },
    { key: "certificate-authority-data", cluster: { "certificate-authority-data": 7 }, file: "is no text", cloud: "is no text" },
    { key: "proxy-url", cluster: { "proxy-url": "http://very-secret@p:1" }, file: "honoured" },
    { key: "proxy-url", cluster: { "proxy-url": "https://p:1" }, file: "honoured" },
    { key: "proxy-url", cluster: { "proxy-url": "socks5://p:1" }, file: "honoured" },
    { key: "proxy-url", cluster: { "proxy-url": "socks4://very-secret@p:1" }, file: "must begin with" },
    { key: "proxy-url", cluster: { "proxy-url": "p:1" }, file: "must begin with" },
    { key: "proxy-url", cluster: { "proxy-url": "" }, file: "honoured", cloud: "honoured" },
    { key: "disable-compression", cluster: { "disable-compression": true }, file: "honoured" },
    { key: "extensions", cluster: { extensions: [{ name: "minikube", extension: {} }] }, file: "honoured" },
    {
      key: "proxy_url",
      cluster: { proxy_url: "http://p:1" },
      file: "'proxy_url' is not a key",
      cloud: "'proxy_url' is not a key",
    },
    // User
    { key: "token", user: { token: "t" }, file: "honoured", cloud: "honoured" },
    { key: "token", user: { token: 12_345 }, file: "is no text", cloud: "is no text" },
    { key: "tokenFile", user: { tokenFile: "t" }, file: "honoured" },
    { key: "token-file", user: { "token-file": "t" }, file: "'token-file' is not a key", cloud: "'token-file' is not a key" },
    { key: "client-certificate", user: { "client-certificate": "c", "client-key": "k" }, file: "honoured" },
    { key: "client-key", user: { "client-certificate-data": PEM, "client-key": "k" }, file: "honoured" },
    {
      key: "client-certificate-data",
      user: { "client-certificate-data": PEM, "client-key-data": PEM },
      file: "honoured",
      cloud: "honoured",
    },
    {
      key: "client-certificate",
      user: { "client-certificate-data": PEM },
      file: "only one of client-certificate and client-key",
      cloud: "only one of client-certificate and client-key",
    },
    { key: "username", user: { username: "u", password: "very-secret" }, file: "honoured" },
    { key: "password", user: { password: "very-secret" }, file: "has a password and no username" },
    { key: "as", user: { token: "t", as: "jane" }, file: "honoured" },
    { key: "as-uid", user: { as: "jane", "as-uid": "7" }, file: "honoured", cloud: "'as' is refused" },
    { key: "as-groups", user: { as: "jane", "as-groups": ["a"] }, file: "honoured", cloud: "'as' is refused" },
    { key: "as-groups", user: { "as-groups": ["a"] }, file: "as-groups and no as" },
    { key: "as-user-extra", user: { as: "jane", "as-user-extra": { a: ["b"] } }, file: "honoured", cloud: "'as' is refused" },
    {
      key: "as-user-extra",
      user: { as: "jane", "as-user-extra": { a: "b" } },
      file: "no list of texts",
      cloud: "'as' is refused",
    },
    {
      key: "auth-provider",
      user: { "auth-provider": { name: "oidc" } },
      file: "is not supported; use exec",
      cloud: "is not supported",
    },
    {
      key: "auth-provider",
      user: { "auth-provider": { name: "gcp" }, token: "t" },
      file: "is not supported",
      cloud: "is not supported",
    },
    { key: "exec", user: { exec: EXEC }, file: "honoured" },
    { key: "extensions", user: { extensions: [{ name: "a" }], token: "t" }, file: "honoured" },
    {
      key: "token",
      user: { token: "t", username: "u" },
      file: "in several ways who we are: token and username",
      cloud: "username",
    },
    { key: "token", user: { token: "t", exec: EXEC }, file: "in several ways who we are: token and exec", cloud: "exec" },
    {
      key: "exec",
      user: { exec: EXEC, "client-certificate-data": PEM, "client-key-data": PEM },
      file: "both exec and a client cert",
    },
    // Exec
    { key: "exec", user: { exec: { ...EXEC, args: ["a"], env: [{ name: "A", value: "b" }] } }, file: "honoured" },
    { key: "exec", user: { exec: { ...EXEC, installHint: "i", provideClusterInfo: true } }, file: "honoured" },
    { key: "exec", user: { exec: { ...EXEC, interactiveMode: "IfAvailable" } }, file: "honoured" },
    { key: "exec", user: { exec: { ...EXEC, interactiveMode: "Always" } }, file: "needs a person at a terminal" },
    { key: "exec", user: { exec: { ...EXEC, interactiveMode: "Sometimes" } }, file: "'interactiveMode' must be" },
    { key: "exec", user: { exec: { ...EXEC, apiVersion: "v1" } }, file: "'apiVersion' must be one of" },
    { key: "exec", user: { exec: { ...EXEC, command: "" } }, file: "names no command" },
    { key: "exec", user: { exec: { ...EXEC, stdin: "x" } }, file: "'stdin' is not a key" },
    { key: "exec", user: { exec: { ...EXEC, env: [{ name: "A", valueFrom: "b" }] } }, file: "'valueFrom' is not a key" },
    { key: "exec", user: { exec: "login" }, file: "is no map" },
  ];

  it.each(rows)("$key in a file: $file ($config$context$cluster$user)", ({ key: _, file, cloud: __, ...parts }) => {
    const found = outcome(parts, FILE);
    if (file === "honoured") expect(found).toBe(file);
    else expect(found).toContain(file);
    expect(found).not.toContain("very-secret");
  });

  it.each(rows)("$key from the cloud ($config$context$cluster$user)", ({ key, file: _, cloud, ...parts }) => {
    const found = outcome(parts, CLOUD);
    if (cloud === "honoured") expect(found).toBe(cloud);
    else if (cloud !== undefined) expect(found).toContain(cloud);
    else expect(found).toMatch(new RegExp(`'${key}' is (?:refused; ${NOT_FROM_CLOUD}|not a key)`));
    expect(found).not.toContain("very-secret");
  });
});

describe("what is there twice is not guessed", () => {
  const twice = (list: string, entry: Fields) => {
    const config = JSON.parse(kubeconfig({}));
    return { config: { [list]: [...config[list], entry] } };
  };
  it.each([
    {
      what: "two clusters of one name",
      parts: twice("clusters", { name: "c", cluster: { server: "https://b" } }),
      why: "has two clusters",
    },
    { what: "two users of one name", parts: twice("users", { name: "u", user: { token: "b" } }), why: "has two users" },
    { what: "two contexts of one name", parts: twice("contexts", { name: "x", context: {} }), why: "has two contexts" },
    {
      what: "a key beside a cluster's name",
      parts: { config: { clusters: [{ name: "c", cluster: {}, server: "x" }] } },
      why: "'server' beside",
    },
  ])("$what", ({ parts, why }) => {
    expect(outcome(parts, FILE)).toContain(why);
  });

  it.each([
    { what: "clusters", entry: { name: "other", cluster: { server: "https://b" } } },
    { what: "users", entry: { name: "other", user: { exec: EXEC } } },
    { what: "contexts", entry: { name: "other", context: { cluster: "c" } } },
  ])("several $what, of which one counts: in a file; the cloud's has one", ({ what, entry }) => {
    expect(outcome(twice(what, entry), FILE)).toBe("honoured");
    expect(outcome(twice(what, entry), CLOUD)).toContain(`has several ${what}`);
  });

  it.each(["a: b: c", "- a", "token: very-secret\n  x: y\n a", "a: 1\na: 2", "---\na: 1\n---\nb: 2", '"very-secret"'])(
    "no YAML mapping: %j",
    (text) => {
      expect(() => readKubeconfig(text, null, "kubeconfig k", FILE)).toThrow(/^kubeconfig k is no kubeconfig/);
      expect(() => readKubeconfig(text, null, "kubeconfig k", FILE)).not.toThrow(/very-secret/);
    },
  );
});

describe("what is meant", () => {
  const read = (parts: Parts) => readKubeconfig(kubeconfig(parts), null, "k", FILE);

  it("a relative path is of the kubeconfig's folder, and the data wins over the file", () => {
    const cluster = { "certificate-authority": "ca/ca.crt" };
    const user = { "client-certificate": "/etc/c.pem", "client-key": "k.pem", "client-key-data": PEM };
    expect(read({ cluster, user })).toMatchObject({
      authority: { path: "/home/jane/.kube/ca/ca.crt", written: "ca/ca.crt" },
      certificate: { path: "/etc/c.pem" },
      key: { pem: "-----BEGIN CERTIFICATE-----" },
    });
  });

  it("a plugin learns of the cluster only where it asks, with what the cluster's extension holds for it", () => {
    const cluster = { extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "a" } }, { name: "b" }] };
    const plugin = (provideClusterInfo: boolean) => read({ cluster, user: { exec: { ...EXEC, provideClusterInfo } } }).identity;
    expect(plugin(false)).toMatchObject({ by: "plugin", plugin: { cluster: null } });
    expect(plugin(true)).toMatchObject({ plugin: { cluster: { server: "https://10.0.0.1", config: { audience: "a" } } } });
  });

  it("socks5 resolves names at the proxy, as kubectl does", () => {
    expect(read({ cluster: { "proxy-url": "socks5://p:1" } }).proxy).toBe("socks5h://p:1");
  });

  it("merge keys are read, as kubectl does", () => {
    const text = `
current-context: x
clusters: [{ name: c, cluster: { <<: { server: "https://10.0.0.2" } } }]
contexts: [{ name: x, context: { cluster: c } }]
`;
    expect(readKubeconfig(text, null, "k", FILE).server.host).toBe("10.0.0.2");
  });
});
