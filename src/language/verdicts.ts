import { REASONS, type Reason, type Verdict } from "../core/terms/verdict.ts";
import type { Language, Told } from "./language.ts";

/** Verdicts and reasons as people read them. The codes themselves, in JSON and CSV, are the same in each language. */
export const VERDICT_WORDS: Told<Readonly<Record<Verdict, string>>> = {
  en: {
    leaked: "leaked",
    unmanaged: "unmanaged",
    unknown: "unknown",
    recycling: "recycling",
    retained: "retained",
    transient: "transient",
    "in-use": "in use",
  },
  zh: {
    leaked: "泄漏",
    unmanaged: "非托管",
    unknown: "无法判定",
    recycling: "待 ipamd 回收",
    retained: "按需保留",
    transient: "状态变化中",
    "in-use": "使用中",
  },
};

/** One sentence for each reason, as those who run TKE say it. */
const REASONS_ZH: Readonly<Record<Reason, string>> = {
  bound: "使用中：已绑定",
  "eni-with-living-pod": "使用中：绑定在弹性网卡上，且网卡对应的 Pod 仍在运行",
  changing: "暂不处理：正在创建、绑定、解绑或释放",
  newborn: "暂不处理：创建时间短于 policy.newborn",
  "cascade-release": "暂不处理：解绑后腾讯云会自动释放",
  "pod-terminating": "暂不处理：所属 Pod 正在终止",
  "namespace-terminating": "暂不处理：所属 Pod 的命名空间正在删除",
  "claim-terminating": "暂不处理：对应的 EIPClaim 正在删除",
  "keep-tag": "保留：带有保留标签",
  kept: "保留：已由人工标记保留（eip-guard keep）",
  "deletion-protected": "保留：已开启删除保护，释放请求曾因此被拒绝",
  "workload-includes-pod": "保留：工作负载仍在且包含该 Pod，Pod 可能恢复",
  "scaled-to-zero": "保留：工作负载副本数为 0，可再次扩容",
  "autoscaler-covers-pod": "保留：弹性伸缩可能再次拉起该 Pod",
  "scaled-down-not-overdue": "保留：Pod 已被缩容，尚未到回收阈值",
  "scaled-down-never-recycled": "保留：Pod 已被缩容，回收阈值为永不，没有组件会回收",
  "parked-game-server": "保留：游戏服处于停放状态，扩容时会复用该序号",
  "in-id-list": "保留：现有工作负载的 eip-id-list 中包含该 EIP",
  "bare-pod-claim": "保留：裸 Pod 可能重建，且仍有 EIPClaim 持有该 EIP",
  "pod-exists": "保留：所属 Pod 仍然存在",
  "ipamd-will-recycle": "交由 ipamd 回收：工作负载已删除，尚未到回收阈值",
  "scaled-down-overdue": "泄漏：Pod 已被缩容，已超过回收阈值而 ipamd 未回收",
  "bare-pod-overdue": "泄漏：裸 Pod 已删除，已超过回收阈值而 ipamd 未回收",
  "workload-gone-overdue": "泄漏：工作负载已删除，已超过回收阈值而 ipamd 未回收",
  "workload-gone-never-recycled": "泄漏：工作负载已删除，回收阈值为永不，没有组件会回收",
  "owner-never-seen": "泄漏：Pod 所属的工作负载（按 ownerReference 或 Pod 名推断）不存在，且从未见过，释放前须人工批准",
  "never-without-stable-name": "泄漏：所属工作负载的 Pod 名不固定，不会再有 Pod 取回该 EIP",
  "not-destroyed-with-pod": "泄漏：未设置 Never 策略，本应随 Pod 一起销毁",
  "cluster-deleted": "泄漏：所属集群已删除",
  orphan: "泄漏：由集群创建，但集群中没有 EIPClaim、Pod 或列表引用它",
  duplicate: "泄漏：所属 Pod 的注解和 EIPClaim 指向另一个 EIP",
  "no-cluster": "非托管：没有证据表明由集群创建",
  "users-own": "非托管：曾被 Pod 使用，但由人工申请",
  "listing-incomplete": "无法判定：所在地域的弹性公网 IP 未能完整读取",
  "tags-unreadable": "无法判定：标签读取失败，其中可能有保留标签",
  "status-unknown": "无法判定：状态不在 API 文档所列范围内",
  "dangling-eni": "无法判定：绑定在没有实例的弹性网卡上，且没有对应的 Pod",
  stuck: "无法判定：Pod、命名空间、EIPClaim 或状态持续变化已超过一天",
  "cluster-unreadable": "无法判定：所属集群读取失败",
  "region-cluster-unreadable": "无法判定：同账号同地域有集群读取失败，其中的模板可能引用该 EIP",
  "cluster-not-visible": "无法判定：所属集群不在任何列表中，当前凭证从未见过它存活",
  "cluster-not-running": "无法判定：所属集群未处于运行状态",
  "kind-unreadable": "无法判定：影响判定的某类对象未能列出",
  "may-be-scaled-up": "无法判定：弹性伸缩或上层控制器可能再次扩容其工作负载",
  "claims-not-readable": "无法判定：无法确认集群的 EIPClaim 可读，而判定取决于它是否存在",
  "claim-ambiguous": "无法判定：相关的 EIPClaim 指向多个 EIP，或存在于多个 API 组",
  "threshold-unknown": "无法判定：回收阈值读取失败，而判定取决于它",
  "evidence-conflict": "无法判定：证据相互矛盾",
  "half-tagged": "无法判定：两个 tke 标签只有其一，且没有其他证据",
  "policy-unknown": "无法判定：Pod 的 EIP 删除策略未知，而判定取决于它",
  "owner-kind-unknown": "无法判定：Pod 的归属对象类型未知",
  "owner-unknown": "无法判定：无法确定 Pod 的归属",
  "account-type-unknown": "无法判定：账号类型未知",
  "no-rule": "无法判定：没有规则给出结论；这是 eip-guard 的缺陷，请反馈",
};

/** The sentence of a reason's code; the code itself where it is none of ours (a result of another version). */
export function reasonSentence(code: string, language: Language): string {
  if (!isReason(code)) return code;
  return language === "zh" ? REASONS_ZH[code] : REASONS[code].sentence;
}

function isReason(code: string): code is Reason {
  return Object.hasOwn(REASONS, code);
}

/** The same without its verdict, for where that stands beside it: `Its workload is gone …`. */
export function bareReason(reason: string, language: Language): string {
  const sentence = reasonSentence(reason, language);
  if (language === "zh") return sentence.replace(/^[^：]+：/, "");
  const bare = sentence.replace(/^(?:in use|left alone|left to ipamd|kept|leaked|unmanaged|unknown) because /, "");
  return `${bare.charAt(0).toUpperCase()}${bare.slice(1)}`;
}
