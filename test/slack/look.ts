import { buildAllClear, buildCapAlert, buildDigest, buildNotice, buildReleased } from "../../src/slack/messages.ts";
import { EIPS, sample } from "../report/sample.ts";
import { renderText } from "./render-text.ts";

/** Prints every message, to be read by a person. */
const leaked = EIPS.filter(({ verdict }) => verdict === "leaked");
const trailHead = { sequence: 1234, hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" };
const messages = [
  buildDigest(sample(), { trailHead, weekly: false }),
  buildDigest(sample({ complete: true, gaps: [] }), { trailHead, weekly: true }),
  buildNotice(leaked),
  buildAllClear(leaked.slice(0, 1)),
  buildReleased(leaked.slice(0, 1)),
  buildCapAlert("cap: 14 releases are due at once and release.maxPerRun is 10", leaked),
];
process.stdout.write(`${messages.map(renderText).join("\n\n==========\n\n")}\n`);
