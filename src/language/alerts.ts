import type { Postponed } from "../core/terms/ledger.ts";
import { FIGURES } from "./figures.ts";
import type { Ink } from "./ink.ts";
import type { Language, Told } from "./language.ts";

/**
 * What alerts say, in each language. Every argument is written already, by the channel's own ink: these texts only put pieces together.
 * `number` is how many; the texts write it out.
 */
export interface AlertWords {
  /** `2,100 EIPs`. */
  readonly eips: (number: number) => string;
  readonly aMonth: (money: string) => string;
  /** Between two amounts of different currencies. */
  readonly and: string;
  readonly noPod: string;
  readonly notIdle: string;
  readonly idleFor: (interval: string) => string;
  readonly costUnknown: (why: string) => string;
  readonly costs: (monthly: string, soFar: string) => string;
  readonly noDate: string;
  readonly fromTo: (first: string, last: string) => string;
  readonly moreGroups: (number: number) => string;
  readonly part: (title: string, number: number, of: number) => string;
  readonly fileFailed: (why: string) => string;
  readonly fallback: (channel: string, why: string) => string;
  readonly notice: NoticeWords;
  readonly reminder: {
    readonly title: (number: number) => string;
    readonly lead: (number: number, dates: string) => string;
  };
  readonly told: {
    readonly title: Readonly<Record<"released" | "all-clear" | "postponed", (number: number) => string>>;
    readonly lead: Readonly<Record<"released" | "all-clear" | "postponed", string>>;
    readonly noWayBack: string;
    readonly wayBack: (command: string, call: string) => string;
    readonly life: (command: string) => string;
    readonly through: (claim: string | null) => string;
    readonly was: (facts: string) => string;
    readonly cost: (monthly: string) => string;
    readonly postponed: PostponedText;
  };
  readonly cap: {
    readonly title: (number: number) => string;
    readonly why: (number: number, maxPerRun: number, maxPercent: number) => string;
    readonly lead: (plan: string, apply: string) => string;
    readonly all: string;
    readonly footer: (command: string) => string;
  };
  readonly keptTwice: {
    readonly title: (number: number) => string;
    readonly lead: string;
  };
  readonly failed: {
    readonly title: (number: number) => string;
    readonly lead: string;
    /** So many more are in the list. */
    readonly more: (number: number) => string;
    /** Of a run that failed as a whole: title and lead. */
    readonly run: string;
    readonly runLead: string;
  };
  readonly incomplete: {
    readonly title: (number: number) => string;
    readonly lead: (command: string) => string;
  };
  readonly digest: DigestWords;
  readonly test: { readonly title: string; readonly lead: string };
}

export interface NoticeWords {
  readonly titleOfFlag: (number: number) => string;
  readonly titleOfFlagged: (number: number) => string;
  readonly title: (parts: string) => string;
  readonly willBeReleased: (number: number) => string;
  readonly aboveCap: (number: number) => string;
  readonly needApproval: (number: number, alone: boolean) => string;
  readonly onlyFlagged: (number: number) => string;
  readonly unused: string;
  readonly modeFlag: string;
  readonly noticeInFlag: (dates: string) => string;
  readonly released: (number: number, dates: string) => string;
  readonly final: string;
  readonly capped: (why: string, dates: string) => string;
  readonly capWhy: (number: number, maxPerRun: number, maxPercent: number) => string;
  readonly overCap: (plan: string, apply: string) => string;
  readonly flagged: (number: number) => string;
  readonly approval: (number: number, dates: string, command: string) => string;
  readonly approveMany: (one: string, plan: string, approve: string) => string;
  readonly keep: (single: boolean, command: string, tag: string | null) => string;
  readonly later: (number: number) => string;
  readonly byPod: string;
  readonly dearest: (number: number) => string;
  readonly next: (what: string) => string;
  readonly approve: (command: string) => string;
  readonly noRelease: string;
  readonly notBefore: (when: string) => string;
  readonly afterApproval: (when: string) => string;
  readonly releasedNotBefore: (when: string) => string;
  readonly inFlag: (when: string) => string;
  readonly heldByCap: (when: string) => string;
  readonly approvalMark: string;
  readonly footer: (notice: string) => string;
  readonly inThread: (command: string) => string;
}

export interface DigestWords {
  readonly weeklyTitle: (eips: string, leaked: string, gaps: number) => string;
  readonly leaked: (number: number) => string;
  readonly quiet: string;
  readonly nothingNew: string;
  /** Of the title: what is new. */
  readonly new: Readonly<
    Record<
      | "lost"
      | "released"
      | "approvals"
      | "held"
      | "leaks"
      | "unmanaged"
      | "thresholds"
      | "findings"
      | "notes"
      | "failures"
      | "gaps",
      (number: number) => string
    >
  >;
  readonly section: Readonly<
    Record<
      "failures" | "lost" | "gaps" | "released" | "approvals" | "held" | "thresholds" | "findings" | "notes" | "leaks" | "all",
      string
    >
  >;
  readonly more: (number: number, command: string) => string;
  readonly theList: (command: string) => string;
  readonly auditNext: string;
  readonly noticeNext: string;
  readonly fix: (what: string) => string;
  readonly lostAt: (ip: string, pod: string, when: string) => string;
  readonly over: (number: number) => string;
  readonly now: (eips: string, counts: string) => string;
  readonly none: string;
  readonly notRead: (number: number, command: string) => string;
  readonly saved: (releases: number, money: string) => string;
  readonly emptyTrail: string;
  readonly trail: (sequence: number, hash: string) => string;
  readonly run: (run: string) => string;
  readonly runIn: (mode: string) => string;
}

/** Why a release was postponed, between which two instants. */
type PostponedText = (because: Postponed["because"], from: string, until: string, maxGap: string) => string;

export const POSTPONED: Told<PostponedText> = {
  en: (why, from, until, maxGap) => {
    const readings = `between ${from} and ${until}`;
    switch (why) {
      case "judged":
        return "because it was judged otherwise meanwhile, so that its delay counts anew";
      case "used":
        return "its idle time counts anew, because it was in use meanwhile";
      case "gap":
        return `because nobody looked ${readings}; policy.maxGap is ${maxGap}`;
      case "changed":
        return `because it was changed ${readings}, and may have been in use meanwhile`;
      case "younger":
        return `because a Pod or a claim for it was made ${readings}`;
      case "clock":
        return `because the clock of this machine went back ${readings}`;
    }
  },
  zh: (why, from, until, maxGap) => {
    const readings = `${from} 至 ${until} 之间`;
    switch (why) {
      case "judged":
        return "期间判定结果发生过变化，等待时间重新计算";
      case "used":
        return "期间曾被使用，闲置时长重新计算";
      case "gap":
        return `${readings}没有运行过检查；policy.maxGap 为 ${maxGap}`;
      case "changed":
        return `${readings}该 EIP 发生过变更，期间可能被使用过`;
      case "younger":
        return `${readings}有 Pod 或 EIPClaim 为它创建`;
      case "clock":
        return `${readings}本机时钟发生过回退`;
    }
  },
};

export function alertWords(language: Language, ink: Ink): AlertWords {
  return WORDS[language](ink);
}

const WORDS: Told<(ink: Ink) => AlertWords> = { en: english, zh: chinese };

function english(ink: Ink): AlertWords {
  const { number: n } = FIGURES.en;
  const count = (number: number, singular: string, plural = `${singular}s`) => `${n(number)} ${number === 1 ? singular : plural}`;
  const eips = (number: number) => count(number, "EIP");
  const strong = ink.strong;
  return {
    eips,
    aMonth: (money) => `${money} a month`,
    and: " and ",
    noPod: "no Pod known",
    notIdle: "not idle",
    idleFor: (interval) => `idle for ${interval}`,
    costUnknown: (why) => `cost unknown: ${why}`,
    costs: (monthly, soFar) => `${monthly} a month, so far ${soFar}`,
    noDate: "no date yet",
    fromTo: (first, last) => `${first}, the last not before ${last}`,
    moreGroups: (number) => count(number, "more group"),
    part: (title, number, of) => `${title} (${number} of ${of})`,
    fileFailed: (why) => `The list could not be attached as a file (${why}). It follows as text.`,
    fallback: (channel, why) => `This is for ${channel}, which could not be reached: ${why}.`,
    notice: {
      titleOfFlag: (number) => `Notice: ${eips(number)} flagged, mode flag releases none`,
      titleOfFlagged: (number) => `Flagged: ${eips(number)}`,
      title: (parts) => `Notice: ${parts}`,
      willBeReleased: (number) => `${eips(number)} will be released`,
      aboveCap: (number) => `${eips(number)} to release, above the cap: none will be`,
      needApproval: (number, alone) => `${alone ? eips(number) : n(number)} ${number === 1 ? "needs" : "need"} an approval`,
      onlyFlagged: (number) => `${n(number)} only flagged`,
      unused: "Nothing seems to use these any more.",
      modeFlag: strong("Mode flag releases nothing."),
      noticeInFlag: (dates) => `This is their notice all the same: in mode enforce they can be released, not before ${dates}.`,
      released: (number, dates) => `${strong(`${eips(number)} will be released`)}, not before ${dates}.`,
      final: "A release can't be taken back: the address goes to the public pool.",
      capped: (why, dates) => `${why}. This is their notice all the same, not before ${dates}.`,
      capWhy: (number, maxPerRun, maxPercent) =>
        `${n(number)} EIPs are on the way to a release, more than the caps allow at once (release.maxPerRun ${maxPerRun}, release.maxPercent ${maxPercent}): as long as all of them are due, none is released`,
      overCap: (plan, apply) => `To release them, a person takes them over the cap: ${plan}, then ${apply}.`,
      flagged: (number) => `${eips(number)}: flagged only. No rule releases them; look whether they are needed.`,
      approval: (number, dates, command) =>
        `${strong(`${eips(number)} ${number === 1 ? "needs" : "need"} a person's approval`)}; without it nothing is released. With it, not before ${dates}. To approve: ${command}`,
      approveMany: (one, plan, approve) => `${one}, or when they are due: ${plan} and ${approve}`,
      keep: (single, command, tag) =>
        `${strong(single ? "To keep it:" : "To keep one:")} ${command}${tag === null ? "" : `, or the tag ${tag} on the EIP`}. Using it again keeps it, too.`,
      later: (number) => `${count(number, "more EIP")} will get a notice by the next run.`,
      byPod: "By Pod and reason",
      dearest: (number) => `The ${number} most expensive`,
      next: (what) => `${strong("Next:")} ${what}`,
      approve: (command) => `${strong("To approve:")} ${command}`,
      noRelease: "no release: no rule asks for one",
      notBefore: (when) => `not before ${when}`,
      afterApproval: (when) => `released only after an approval, not before ${when}`,
      releasedNotBefore: (when) => `released not before ${when}`,
      inFlag: (when) => `no release in mode flag; in mode enforce not before ${when}`,
      heldByCap: (when) => `due not before ${when}; held back by the cap`,
      approvalMark: "needs approval",
      footer: (notice) => `A notice lasts ${notice}, from its delivery. Each EIP is judged again right before its release.`,
      inThread: (command) => `The other EIPs are in the thread. The full list with all facts: ${command}`,
    },
    reminder: {
      title: (number) => `Reminder: ${eips(number)} will be released soon`,
      lead: (number, dates) =>
        `The notice of ${eips(number)} ends. ${strong(number === 1 ? "It will be released" : "They will be released")}, not before ${dates}.`,
    },
    told: {
      title: {
        released: (number) => `Released: ${eips(number)}`,
        "all-clear": (number) => `All clear: ${eips(number)} will not be released`,
        postponed: (number) => `Postponed: the release of ${eips(number)}`,
      },
      lead: {
        released:
          "The receipts are in the audit trail. An address may be got back for as long as nobody else has it: BGP only, three a month.",
        "all-clear": "Their notice is over. Nothing has to be done.",
        postponed:
          "These will not be released at the announced time. Their notice is over and their idle time counts anew. A new notice comes before any release. Nothing has to be done now.",
      },
      noWayBack: `${strong("To get it back:")} there is no way; only BGP EIPs can be got back`,
      wayBack: (command, call) => `${strong("To get it back:")} ${command}, which asks for it by ${call}`,
      life: (command) => `${strong("Its life:")} ${command}`,
      through: (claim) => (claim === null ? "released by ReleaseAddresses" : `released by deleting its claim ${claim}`),
      was: (facts) => `it was ${facts}`,
      cost: (monthly) => `it cost ${monthly} a month`,
      postponed: POSTPONED.en,
    },
    cap: {
      title: (number) => `Nothing released: ${count(number, "release")} due at once`,
      why: (number, maxPerRun, maxPercent) =>
        `${count(number, "release")} are due at once. The caps are release.maxPerRun ${maxPerRun} and release.maxPercent ${maxPercent}`,
      lead: (plan, apply) =>
        `Above a cap none is released. Look at why so many are due. Then a person can take a reviewed backlog over the cap:\n${plan} and ${apply}`,
      all: "All of them, by Pod and reason",
      footer: (command) => `This is said again when the EIPs or the cap change. The full list: ${command}`,
    },
    keptTwice: {
      title: (number) => `Kept twice: ${eips(number)}`,
      lead: "Of several keeps the longest holds, until it is taken back.",
    },
    failed: {
      title: (number) => `${n(number)} failed`,
      lead: "These acts failed. The guard tries again by itself where that is safe.",
      more: (number) => `${n(number)} more are in the list in the thread.`,
      run: "The run failed",
      runLead: "Nothing more is flagged or released until a run succeeds. The same failure is said once a day.",
    },
    incomplete: {
      title: (number) => `incomplete: ${count(number, "part")} not read`,
      lead: (command) =>
        `What could not be read is kept: nothing of it is flagged or released. What is missing, and the fix: ${command}`,
    },
    digest: {
      weeklyTitle: (all, leaked, gaps) =>
        `Weekly summary: ${[all, leaked, ...(gaps > 0 ? [count(gaps, "gap")] : [])].join(" · ")}`,
      leaked: (number) => `${n(number)} leaked`,
      quiet: "Nothing is new since the last digest.",
      nothingNew: "No change today",
      new: {
        failures: (number) => `${n(number)} failed`,
        lost: (number) => `${count(number, "address", "addresses")} will be lost`,
        gaps: (number) => `incomplete: ${count(number, "part")} not read`,
        released: (number) => `${n(number)} released`,
        approvals: (number) => `${n(number)} ${number === 1 ? "waits" : "wait"} for approval`,
        held: (number) => `${n(number)} held back`,
        leaks: (number) => count(number, "new leak"),
        unmanaged: (number) => `${n(number)} unmanaged`,
        thresholds: (number) => `${count(number, "threshold")} changed`,
        findings: (number) => count(number, "finding"),
        notes: (number) => count(number, "note"),
      },
      section: {
        failures: "Failed",
        lost: "Addresses that ipamd will take away from living workloads",
        gaps: "Incomplete: not read, and kept",
        released: "Released",
        approvals: "Due, and a person must approve",
        held: "Due, and held back",
        thresholds: "Recycle thresholds that changed",
        findings: "Findings",
        notes: "Notes",
        leaks: "New: nothing seems to use these any more",
        all: "All of them, by Pod and reason",
      },
      more: (number, command) => `and ${n(number)} more: ${command}`,
      theList: (command) => `The list: ${command}`,
      auditNext: "Mode audit only reports: nothing is flagged or released.",
      noticeNext: "Before any release a notice names the date.",
      fix: (what) => `Fix: ${what}`,
      lostAt: (ip, pod, when) => `${ip} of ${pod}, ${when}`,
      over: (number) => `${count(number, "thing")} said before no longer ${number === 1 ? "holds" : "hold"}.`,
      now: (all, counts) => `${strong("Now:")} ${all}: ${counts}`,
      none: "none",
      notRead: (number, command) => `${strong("Not read:")} ${count(number, "part")} of the inventory; ${command} says why`,
      saved: (releases, money) =>
        `${count(releases, "release")} saved ${money} so far, counted until ipamd would have recycled them anyway`,
      emptyTrail: "the audit trail is empty",
      trail: (sequence, hash) => `audit trail: record ${sequence}, ${hash}`,
      run: (run) => `run ${run}`,
      runIn: (mode) => `run in mode ${mode}`,
    },
    test: {
      title: "eip-guard: a test message",
      lead: "Messages of eip-guard arrive here. Nothing happened, and nothing has to be done.",
    },
  };
}

function chinese(ink: Ink): AlertWords {
  const { number: n } = FIGURES.zh;
  const eips = (number: number) => `${n(number)} 个 EIP`;
  const strong = ink.strong;
  return {
    eips,
    aMonth: (money) => `每月 ${money}`,
    and: "，",
    noPod: "未知 Pod",
    notIdle: "未闲置",
    idleFor: (interval) => `已闲置 ${interval}`,
    costUnknown: (why) => `费用未知：${why}`,
    costs: (monthly, soFar) => `闲置费每月 ${monthly}，累计 ${soFar}`,
    noDate: "尚未确定时间",
    fromTo: (first, last) => `${first}，最晚的一个不早于 ${last}`,
    moreGroups: (number) => `其余 ${n(number)} 组`,
    part: (title, number, of) => `${title}（${number}/${of}）`,
    fileFailed: (why) => `清单文件上传失败（${why}），改为在下方以文本列出。`,
    fallback: (channel, why) => `本消息应发送到 ${channel}，但该频道无法送达：${why}。`,
    notice: {
      titleOfFlag: (number) => `通知：已标记 ${eips(number)}，flag 模式不会释放`,
      titleOfFlagged: (number) => `已标记：${eips(number)}`,
      title: (parts) => `通知：${parts}`,
      willBeReleased: (number) => `${eips(number)} 即将释放`,
      aboveCap: (number) => `${eips(number)} 待释放，超过上限，暂不释放`,
      needApproval: (number, alone) => `${alone ? eips(number) : `${n(number)} 个`} 需要人工批准`,
      onlyFlagged: (number) => `${n(number)} 个仅标记`,
      unused: "以下 EIP 看起来已无人使用。",
      modeFlag: strong("flag 模式不会释放任何 EIP。"),
      noticeInFlag: (dates) => `本消息同时是释放前的通知：切换到 enforce 模式后可以释放，不早于 ${dates}。`,
      released: (number, dates) => `${strong(`${eips(number)} 将被释放`)}，不早于 ${dates}。`,
      final: "释放后无法撤销：地址会回到公共地址池。",
      capped: (why, dates) => `${why}。本消息同时是释放前的通知，不早于 ${dates}。`,
      capWhy: (number, maxPerRun, maxPercent) =>
        `待释放的 ${eips(number)} 超过单次上限（release.maxPerRun ${maxPerRun}，release.maxPercent ${maxPercent}）：同时到期时一个都不会释放`,
      overCap: (plan, apply) => `如需释放，请人工确认越过上限：先执行 ${plan}，再执行 ${apply}。`,
      flagged: (number) => `${eips(number)}：仅标记，没有规则会释放它们，请确认是否仍需要。`,
      approval: (number, dates, command) =>
        `${strong(`${eips(number)} 需要人工批准`)}，未批准则不会释放；批准后不早于 ${dates} 释放。批准命令：${command}`,
      approveMany: (one, plan, approve) => `${one}；或在到期后执行 ${plan} 和 ${approve}`,
      keep: (single, command, tag) =>
        `${strong(single ? "如需保留：" : "如需保留其中某个：")}${command}${tag === null ? "" : `，或给 EIP 打上标签 ${tag}`}。重新使用该 EIP 也会保留。`,
      later: (number) => `另有 ${eips(number)} 将在下次运行时通知。`,
      byPod: "按 Pod 和原因汇总",
      dearest: (number) => `费用最高的 ${number} 个`,
      next: (what) => `${strong("后续：")}${what}`,
      approve: (command) => `${strong("批准：")}${command}`,
      noRelease: "不释放：没有规则要求释放",
      notBefore: (when) => `不早于 ${when}`,
      afterApproval: (when) => `批准后才会释放，不早于 ${when}`,
      releasedNotBefore: (when) => `将释放，不早于 ${when}`,
      inFlag: (when) => `flag 模式不释放；enforce 模式下不早于 ${when}`,
      heldByCap: (when) => `不早于 ${when} 到期；超过上限，暂不释放`,
      approvalMark: "需要批准",
      footer: (notice) => `通知期为 ${notice}，从送达时起算。每个 EIP 在释放前会再次判定。`,
      inThread: (command) => `其余 EIP 见消息列。包含全部信息的完整清单：${command}`,
    },
    reminder: {
      title: (number) => `提醒：${eips(number)} 即将释放`,
      lead: (number, dates) => `${eips(number)} 的通知期即将结束，${strong("将被释放")}，不早于 ${dates}。`,
    },
    told: {
      title: {
        released: (number) => `已释放：${eips(number)}`,
        "all-clear": (number) => `警报解除：${eips(number)} 不会释放`,
        postponed: (number) => `已推迟：${eips(number)} 的释放`,
      },
      lead: {
        released: "释放凭据已写入审计记录。在地址被他人申请之前，可以尝试找回：仅限 BGP，每月三次。",
        "all-clear": "通知已作废，无需处理。",
        postponed: "以下 EIP 不会在通知的时间释放。通知已作废，闲置时长重新计算；释放前会再次通知。目前无需处理。",
      },
      noWayBack: `${strong("找回：")}没有可用的接口，只有 BGP 地址可以找回`,
      wayBack: (command, call) => `${strong("找回：")}${command}，所用调用：${call}`,
      life: (command) => `${strong("历史记录：")}${command}`,
      through: (claim) => (claim === null ? "通过 ReleaseAddresses 释放" : `通过删除 EIPClaim ${claim} 释放`),
      was: (facts) => `原规格：${facts}`,
      cost: (monthly) => `原闲置费：每月 ${monthly}`,
      postponed: POSTPONED.zh,
    },
    cap: {
      title: (number) => `未释放：${n(number)} 个释放同时到期`,
      why: (number, maxPerRun, maxPercent) =>
        `${n(number)} 个释放同时到期；上限为 release.maxPerRun ${maxPerRun}、release.maxPercent ${maxPercent}`,
      lead: (plan, apply) =>
        `超过上限时一个都不会释放。请先确认为何同时到期的数量这么多，复核后可由人工越过上限：\n${plan} 和 ${apply}`,
      all: "按 Pod 和原因汇总全部",
      footer: (command) => `EIP 或上限发生变化时才会再次提示。完整清单：${command}`,
    },
    keptTwice: {
      title: (number) => `重复保留：${eips(number)}`,
      lead: "同时存在多个保留时，以期限最长的为准，直到被撤销。",
    },
    failed: {
      title: (number) => `${n(number)} 个操作失败`,
      lead: "以下操作失败。可以安全重试的，eip-guard 会自动重试。",
      more: (number) => `其余 ${n(number)} 个见消息列中的清单。`,
      run: "本次运行失败",
      runLead: "在运行成功之前，不会标记或释放任何 EIP。同一故障每天只通知一次。",
    },
    incomplete: {
      title: (number) => `数据不完整：${n(number)} 项未读取`,
      lead: (command) => `未能读取的部分一律保留，不会标记或释放。缺失内容和修复方法：${command}`,
    },
    digest: {
      weeklyTitle: (all, leaked, gaps) => `每周摘要：${[all, leaked, ...(gaps > 0 ? [`${n(gaps)} 项未读取`] : [])].join(" · ")}`,
      leaked: (number) => `泄漏 ${n(number)} 个`,
      quiet: "自上次摘要以来没有变化。",
      nothingNew: "今日无变化",
      new: {
        failures: (number) => `${n(number)} 个操作失败`,
        lost: (number) => `${n(number)} 个地址将丢失`,
        gaps: (number) => `数据不完整：${n(number)} 项未读取`,
        released: (number) => `已释放 ${n(number)} 个`,
        approvals: (number) => `${n(number)} 个等待批准`,
        held: (number) => `${n(number)} 个暂缓释放`,
        leaks: (number) => `新增泄漏 ${n(number)} 个`,
        unmanaged: (number) => `${n(number)} 个非托管`,
        thresholds: (number) => `${n(number)} 个回收阈值变化`,
        findings: (number) => `${n(number)} 个配置问题`,
        notes: (number) => `${n(number)} 条说明`,
      },
      section: {
        failures: "操作失败",
        lost: "ipamd 将从现有工作负载收走的地址",
        gaps: "数据不完整：未读取，一律保留",
        released: "已释放",
        approvals: "已到期，等待人工批准",
        held: "已到期，暂缓释放",
        thresholds: "变化的回收阈值",
        findings: "配置问题",
        notes: "说明",
        leaks: "新增：看起来已无人使用",
        all: "按 Pod 和原因汇总全部",
      },
      more: (number, command) => `另有 ${n(number)} 个：${command}`,
      theList: (command) => `清单：${command}`,
      auditNext: "audit 模式只报告，不会标记或释放。",
      noticeNext: "释放前会发送通知，写明释放时间。",
      fix: (what) => `修复：${what}`,
      lostAt: (ip, pod, when) => `${ip}，属于 ${pod}，${when}`,
      over: (number) => `此前提到的 ${n(number)} 项已不再成立。`,
      now: (all, counts) => `${strong("当前：")}${all}：${counts}`,
      none: "无",
      notRead: (number, command) => `${strong("未读取：")}${n(number)} 项；原因见 ${command}`,
      saved: (releases, money) => `${n(releases)} 次释放已节省 ${money}，计算到 ipamd 本应回收的时间为止`,
      emptyTrail: "审计记录为空",
      trail: (sequence, hash) => `审计记录：第 ${sequence} 条，${hash}`,
      run: (run) => `运行 ${run}`,
      runIn: (mode) => `${mode} 模式`,
    },
    test: {
      title: "eip-guard：测试消息",
      lead: "eip-guard 的消息会发送到这里。没有发生任何事件，无需处理。",
    },
  };
}
