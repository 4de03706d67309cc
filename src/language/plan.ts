import type { Told } from "./language.ts";

/** What a plan says around its items. Numbers come as text. */
export interface PlanWords {
  readonly headline: (at: string, flags: string, releases: string, until: string) => string;
  readonly toRelease: string;
  readonly toFlag: string;
  readonly nothing: string;
  readonly bounds: string;
  readonly withheld: string;
  readonly dueNext: string;
  readonly unread: (parts: number) => string;
  readonly capped: (releases: number, command: string) => string;
  readonly actsOnNone: string;
  readonly notDue: (eips: number) => string;
  readonly more: (number: number) => string;
  readonly aboveCap: string;
  /** Of the columns: EIP, address, idle for, a month, Pod, why. */
  readonly columns: readonly [eip: string, ip: string, idle: string, month: string, pod: string, why: string];
}

const counted = (number: number, one: string, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export const PLAN_WORDS: Told<PlanWords> = {
  en: {
    headline: (at, flags, releases, until) => `Plan of ${at}: ${flags} to flag, ${releases} to release; valid until ${until}`,
    toRelease: "To release",
    toFlag: "To flag",
    nothing: "Why there is nothing to do",
    bounds: "What bounds it",
    withheld: "Withheld",
    dueNext: "Due next",
    unread: (parts) => `${counted(parts, "part")} could not be read: what it would decide is unknown, and kept`,
    capped: (releases, command) => `a cap holds ${counted(releases, "release")} back: ${command} takes them over it`,
    actsOnNone: "policy acts on none of the EIPs",
    notDue: (eips) => `nothing is due yet of ${counted(eips, "EIP")} that policy acts on`,
    more: (number) => ` and ${counted(number, "more", "more")}`,
    aboveCap: "above a cap",
    columns: ["EIP", "Address", "Idle for", "A month", "Pod", "Why"],
  },
  zh: {
    headline: (at, flags, releases, until) => `${at} 的计划：标记 ${flags} 个，释放 ${releases} 个；有效期至 ${until}`,
    toRelease: "将释放",
    toFlag: "将标记",
    nothing: "为何无需操作",
    bounds: "限制条件",
    withheld: "暂不释放",
    dueNext: "接下来到期",
    unread: (parts) => `有 ${parts.toLocaleString("en")} 项未能读取：相关判定未知，一律保留`,
    capped: (releases, command) => `释放上限拦下了 ${releases.toLocaleString("en")} 个释放：可用 ${command} 越过上限执行`,
    actsOnNone: "没有 EIP 适用任何策略规则",
    notDue: (eips) => `策略涉及 ${eips.toLocaleString("en")} 个 EIP，目前均未到期`,
    more: (number) => ` 等，另有 ${number.toLocaleString("en")} 个`,
    aboveCap: "超出上限",
    columns: ["EIP", "地址", "闲置时长", "每月费用", "Pod", "原因"],
  },
};
