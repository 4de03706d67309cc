import type { Told } from "./language.ts";

/** What the buttons below a notice say, and what their presses are answered with. Instants come written; who pressed comes as a mention. */
export interface PressWords {
  readonly labels: Readonly<Record<"keep-7d" | "keep" | "why" | "approve", string>>;
  readonly keptUntil: (who: string, until: string) => string;
  readonly keptForGood: (who: string) => string;
  readonly approved: (who: string, until: string) => string;
  readonly gone: (since: string) => string;
  readonly verdict: (sentence: string, at: string) => string;
  readonly noVerdict: string;
  readonly idle: (since: string, sightings: number) => string;
  readonly flagged: (at: string) => string;
  readonly notFlagged: string;
  readonly releaseAt: (at: string) => string;
  readonly noRelease: string;
  readonly needsApproval: string;
  /** The message was older than the state: nothing was done. */
  readonly old: string;
  readonly refused: (why: string) => string;
  readonly unknown: (eip: string) => string;
  readonly foreign: string;
  /** It takes longer than Slack waits, and goes on. */
  readonly slow: string;
  readonly failed: (eip: string) => string;
  readonly failedUnwritten: string;
}

export const PRESS_WORDS: Told<PressWords> = {
  en: {
    labels: { "keep-7d": "Keep 7 days", keep: "Keep", why: "Why?", approve: "Approve" },
    keptUntil: (who, until) => `${who} keeps it until ${until}`,
    keptForGood: (who) => `${who} keeps it until \`eip-guard unkeep\``,
    approved: (who, until) => `${who} approved its release; the approval holds until ${until}`,
    gone: (since) => `It is gone since ${since}`,
    verdict: (sentence, at) => `It is ${sentence} (judged ${at})`,
    noVerdict: "It has no verdict yet",
    idle: (since, sightings) =>
      `It is idle since ${since}; ${sightings} complete ${sightings === 1 ? "reading" : "readings"} in a row saw that`,
    flagged: (at) => `It was flagged at ${at}`,
    notFlagged: "It is not flagged any more",
    releaseAt: (at) => `It is released not before ${at}, and only in mode enforce`,
    noRelease: "No release of it is on the way",
    needsApproval: "Its release needs an approval",
    old: "Nothing was done: the message is older than this.",
    refused: (why) => `Nothing was written: ${why}`,
    unknown: (eip) => `Nothing was written: the store does not know ${eip}.`,
    foreign: "You may not press these buttons. Ask for your user id to be added to alerts.slack.buttons.users.",
    slow: "The guard's store is slow, and this press goes on. If nothing more comes within a minute, press again: nothing is done twice.",
    failed: (eip) => `The guard's store failed on the way. Look with \`eip-guard explain ${eip}\` whether it was written.`,
    failedUnwritten: "Nothing was written: the guard's store could not be read or written. Its log says why. Try again later.",
  },
  zh: {
    labels: { "keep-7d": "保留 7 天", keep: "保留", why: "为什么？", approve: "批准" },
    keptUntil: (who, until) => `${who} 已保留，至 ${until}`,
    keptForGood: (who) => `${who} 已保留，直到执行 \`eip-guard unkeep\``,
    approved: (who, until) => `${who} 已批准释放，批准有效期至 ${until}`,
    gone: (since) => `该 EIP 自 ${since} 起已不存在`,
    verdict: (sentence, at) => `判定：${sentence}（${at}）`,
    noVerdict: "尚无判定",
    idle: (since, sightings) => `自 ${since} 起闲置，连续 ${sightings} 次完整读取确认`,
    flagged: (at) => `标记于 ${at}`,
    notFlagged: "已不再标记",
    releaseAt: (at) => `最早于 ${at} 释放（仅 enforce 模式）`,
    noRelease: "没有待执行的释放",
    needsApproval: "释放前需要批准",
    old: "未做任何操作：这条消息已过期。",
    refused: (why) => `未写入任何内容：${why}`,
    unknown: (eip) => `未写入任何内容：存储中没有 ${eip}。`,
    foreign: "您无权使用这些按钮。请将您的用户 ID 加入 alerts.slack.buttons.users。",
    slow: "存储响应较慢，本次操作仍在处理。若一分钟内没有结果，请再按一次：不会重复执行。",
    failed: (eip) => `存储在中途出错。请用 \`eip-guard explain ${eip}\` 查看是否已写入。`,
    failedUnwritten: "未写入任何内容：无法读写存储，原因见日志。请稍后重试。",
  },
};
