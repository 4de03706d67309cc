import { runCli } from "../src/cli/program.ts";

/** `docs/commands.md`: the help of each command, as the program prints it. */
export async function commandsPage(): Promise<string> {
  const whole = await helpOf([]);
  const parts: string[] = [];
  for (const name of namesIn(whole)) {
    const help = await helpOf([name]);
    parts.push(part(name, help));
    const inner = namesIn(help).filter((one) => one !== "help");
    for (const one of inner) parts.push(part(`${name} ${one}`, await helpOf([name, one])));
  }
  return `# Commands

<!-- Generated from the program's own help by \`npm run docs\`; a test keeps it up to date. -->

${fenced(whole)}
${parts.join("\n")}`;
}

function part(name: string, help: string): string {
  return `## eip-guard ${name}\n\n${fenced(help)}`;
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}

async function helpOf(command: readonly string[]): Promise<string> {
  let text = "";
  const io = {
    write(more: string) {
      text += more;
    },
  };
  const code = await runCli([...command, "--help"], { stdout: io, stderr: io, env: {}, cwd: "." });
  if (code !== 0) throw new Error(`the help of ${command.join(" ")} ends with ${code}: ${text}`);
  return text;
}

/** Each line of a list of commands begins with two spaces, the name, and perhaps its arguments. */
function namesIn(help: string): readonly string[] {
  const lists = help.split(/^Options:$/m)[0] === help ? [] : help.split("\n\n");
  return lists
    .filter((list) => /^(?!Usage|Options|Example|Exit|A first look, )[^\n]*:\n {2}[a-z]/.test(list))
    .flatMap((list) => [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = ""]) => name))
    .filter((name) => name !== "help" && name !== "eip");
}
