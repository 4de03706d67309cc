import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** A real etcd, kube-apiserver and kube-controller-manager on loopback (KUBEBUILDER_ASSETS), for tests. */
export interface ControlPlane {
  readonly url: string;
  /** A kubeconfig of a token: `admin` may do everything, `guard` what RBAC gives to the user eip-guard. */
  readonly kubeconfig: (token: Token) => string;
  /** As admin; throws with the server's words unless the answer is one of success. */
  readonly call: (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;
  /** The status that a token's request is answered with. */
  readonly statusOf: (token: Token, method: string, path: string, body?: object) => Promise<number>;
  /** Lets etcd forget every revision before now: lists that are being paged are gone (410). Returns when it is done. */
  readonly compact: () => void;
  readonly kubectl: (args: readonly string[], input?: string) => string;
  readonly killApiServer: () => void;
  readonly close: () => Promise<void>;
}

export type Token = "admin" | "guard";

export const ASSETS = process.env.KUBEBUILDER_ASSETS ?? "";

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export async function startControlPlane(): Promise<ControlPlane> {
  const folder = await mkdtemp(join(tmpdir(), "eip-guard-kube-"));
  const [client, peer, secure] = await Promise.all([freePort(), freePort(), freePort()]);
  const url = `https://127.0.0.1:${secure}`;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(join(folder, "sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  await writeFile(join(folder, "sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(join(folder, "tokens.csv"), 'admin,admin,1,"system:masters"\nguard,eip-guard,2\n');
  const kubeconfig = (token: Token) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      users: [{ name: token, user: { token } }],
      contexts: [{ name: token, context: { cluster: "test", user: token } }],
      "current-context": token,
    });
  await writeFile(join(folder, "admin.yaml"), kubeconfig("admin"));
  const children: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]) => {
    const child = spawn(join(ASSETS, program), args, {
      cwd: folder,
      stdio: process.env.KUBE_LOG === undefined ? "ignore" : "inherit",
    });
    children.push(child);
    return child;
  };
  start("etcd", [
    "--data-dir=etcd",
    "--unsafe-no-fsync",
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
  ]);
  const apiServer = start("kube-apiserver", [
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--secure-port=${secure}`,
    "--insecure-port=0",
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    "--cert-dir=certificates",
    "--service-account-key-file=sa.pub",
    "--service-account-signing-key-file=sa.key",
    "--service-account-issuer=https://kubernetes.default.svc",
    "--token-auth-file=tokens.csv",
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--disable-admission-plugins=ServiceAccount",
  ]);
  const call = async (method: string, path: string, body?: object) => {
    const { status, text } = await send(url, "admin", method, path, body);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const close = async () => {
    for (const child of children.reverse()) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await until(async () => (await send(url, "admin", "GET", "/readyz")).status === 200, 90_000);
    start("kube-controller-manager", [
      "--kubeconfig=admin.yaml",
      "--controllers=statefulset,replicaset,deployment,garbagecollector,namespace",
      "--leader-elect=false",
      "--port=0",
      "--secure-port=0",
      "--cert-dir=certificates",
    ]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    kubeconfig,
    call,
    kubectl: (args, input) =>
      execFileSync("kubectl", ["--kubeconfig", join(folder, "admin.yaml"), ...args], {
        encoding: "utf8",
        ...(input === undefined ? {} : { input }),
      }),
    statusOf: async (token, method, path, body) => (await send(url, token, method, path, body)).status,
    compact: () =>
      void execFileSync(process.execPath, ["--input-type=module", "-e", COMPACT, `http://127.0.0.1:${client}`], {
        encoding: "utf8",
      }),
    killApiServer: () => apiServer.kill("SIGKILL"),
    close,
  };
}

/** By etcd's own API. A key is written first, so that every list began before what is kept. */
const COMPACT = `
  const post = async (path, body) => {
    const answer = await fetch(process.argv[1] + path, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const { header } = await post("/v3/kv/put", { key: btoa("eip-guard-test"), value: "" });
  await post("/v3/kv/compaction", { revision: header.revision, physical: true });
`;

function send(
  url: string,
  token: Token,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const sent = request(
      new URL(path, url),
      {
        method,
        rejectUnauthorized: false,
        headers: {
          Authorization: `Bearer ${token}`,
          "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }));
      },
    );
    sent.on("error", (error) => resolve({ status: 0, text: error.message }));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Waits until something holds. */
export async function until(holds: () => Promise<boolean>, milliseconds = 60_000): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 250) {
    if (waited >= milliseconds) throw new Error(`it did not come to hold within ${milliseconds} ms: ${holds}`);
    await wait(250);
  }
}
