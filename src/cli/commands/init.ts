import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type Answers, filledTemplate, harmlessName, SCHEMA_FILE, TEMPLATE, writeTemplate } from "../../config/init.ts";
import { CONFIGURATION_FILE, parseConfig } from "../../config/load.ts";
import { GuardError, whyOf } from "../../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommandContext } from "../io.ts";

/**
 * `eip-guard init`: writes the commented configuration, never over something that is there. On a terminal it asks for what everybody sets:
 * regions, kubeconfigs of the clusters that it finds, the Slack channel. It only reads.
 */
export async function init(context: CommandContext): Promise<number> {
  const { io, options, tell } = context;
  const path = resolve(io.cwd, options.config ?? CONFIGURATION_FILE);
  const { ask } = io;
  // Whoever has a file already is not asked first, and then refused.
  const asks = ask !== undefined && options.quiet !== true && !existsSync(path);
  await writeTemplate(path, asks ? await asked(context, ask, path) : TEMPLATE);
  tell(`wrote ${path}`);
  const regions = asks ? "" : `set the regions in ${basename(path)}, `;
  tell(`next: ${regions}put credentials into the environment, and run \`eip-guard check\``);
  tell(`for an editor: \`eip-guard schema > ${SCHEMA_FILE}\`, beside it`);
  return EXIT.done;
}

type Ask = (question: string) => Promise<string>;

/** How often a wrong answer is asked for again. */
const TRIES = 3;

async function asked(context: CommandContext, ask: Ask, path: string): Promise<string> {
  const { tell } = context;
  tell("Enter takes what stands in brackets. Nothing is written before the last answer.");
  let answers: Answers = { regions: [], clusters: [], channel: null };
  const answer = async (question: string, take: (text: string) => Answers) => {
    for (let tries = 1; ; tries += 1) {
      const taken = take((await ask(question)).trim());
      try {
        check(taken, path, context);
        answers = taken;
        return;
      } catch (error) {
        if (tries === TRIES || !(error instanceof GuardError)) throw error;
        tell(error.message);
      }
    }
  };
  await answer("Regions, parted by commas [ap-guangzhou]: ", (text) => ({
    ...answers,
    regions: text === "" ? ["ap-guangzhou"] : text.split(/[\s,]+/).filter((region) => region !== ""),
  }));
  for (const cluster of await clustersOf(context, answers, path)) {
    const { id, name, region } = cluster;
    await answer(`Kubeconfig of ${id} (${harmlessName(name)}, ${region}), a path [none yet]: `, (text) => ({
      ...answers,
      clusters: [...answers.clusters.filter((one) => one.id !== id), { id, name, region, path: text === "" ? null : text }],
    }));
  }
  await answer("Slack channel, such as #eip-guard [none]: ", (text) => ({
    ...answers,
    channel: text === "" ? null : text.replace(/^(?![#CG])/, "#"),
  }));
  return filledTemplate(answers);
}

/** @throws GuardError that names what is wrong with the answers, as with the file */
function check(answers: Answers, path: string, { io }: CommandContext) {
  return parseConfig(filledTemplate(answers), { path, env: io.env }).config;
}

/** What the cloud lists. Where it can't be asked, that is told, and no cluster is. */
async function clustersOf({ io, clock, assembly, tell }: CommandContext, answers: Answers, path: string) {
  const without = (why: string) => tell(`the clusters could not be listed: ${why}; name their kubeconfigs in the file later`);
  try {
    const config = parseConfig(filledTemplate(answers), { path, env: io.env }).config;
    const { cloud } = await assembly.read(config, io.env, clock);
    const [account] = cloud.accounts;
    if (account === undefined) return [];
    const found = [];
    for (const region of account.regions) {
      const listed = await cloud.clusters(account.name, region, "tke");
      if (!listed.known) without(`${region}: ${listed.why}`);
      else found.push(...listed.value.clusters);
    }
    if (found.length > 0) tell(`${found.length === 1 ? "one cluster was" : `${found.length} clusters were`} found`);
    return found;
  } catch (error) {
    without(whyOf(error));
    return [];
  }
}
