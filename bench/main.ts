/** `npm run bench -- quick|start|kube|trail|report|buttons|backtest`: shows speed and memory; nothing is asserted here, and no test is timed. */
const BENCHES: Readonly<Record<string, () => Promise<{ readonly run: (args: readonly string[]) => Promise<void> }>>> = {
  quick: () => import("./quick.ts"),
  start: () => import("./start.ts"),
  kube: () => import("./kube.ts"),
  trail: () => import("./trail.ts"),
  report: () => import("./report.ts"),
  buttons: () => import("./buttons.ts"),
  backtest: () => import("./backtest.ts"),
};

const USAGE = `usage: npm run bench -- ${Object.keys(BENCHES).join("|")}`;
const [name = "", ...args] = process.argv.slice(2);
if (name === "--help" || name === "-h") console.log(USAGE);
else await (await benchOf(name)).run(args);

function benchOf(name: string) {
  const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (load !== undefined) return load();
  console.error(`error: there is no bench "${name}"\n${USAGE}`);
  process.exit(2);
}
