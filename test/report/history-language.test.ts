import { describe, expect, it } from "vitest";
import type { Fact, TrailKind } from "../../src/core/terms/trail.ts";
import { renderHistory } from "../../src/report/history.ts";
import type { HistoryResult } from "../../src/report/options.ts";

/** `history` in Chinese: each kind of record has its sentence, and the values of the record stand in it. */

const cases: readonly { readonly kind: TrailKind; readonly facts: Readonly<Record<string, Fact>>; readonly says: string }[] = [
  {
    kind: "first-seen",
    facts: { status: "UNBIND", pod: "games/web-0@cls-1" },
    says: "首次发现，状态 UNBIND，Pod games/web-0@cls-1（run-1）",
  },
  { kind: "bound", facts: {}, says: "已绑定（run-1）" },
  { kind: "idle", facts: { pod: "games/web-0@cls-1" }, says: "已闲置，原 Pod games/web-0@cls-1（run-1）" },
  {
    kind: "verdict",
    facts: {
      verdict: "leaked",
      reason: "orphan",
      detail: "an English sentence",
      idleAtLeastSeconds: 3_600,
      idleAtMostSeconds: 7_200,
    },
    says: "判定为泄漏：",
  },
  { kind: "flagged", facts: { rule: "leaked" }, says: "已标记，规则“leaked”（run-1）" },
  { kind: "unflagged", facts: {}, says: "已取消标记（run-1）" },
  { kind: "noticed", facts: { releaseAt: "2026-11-26T07:00:00.000Z" }, says: "释放通知已送达；不早于 2026-11-26 07:00 UTC" },
  { kind: "kept", facts: { by: "slack:U1", until: null, why: "" }, says: "已保留，操作人 slack:U1（run-1）" },
  { kind: "unkept", facts: { by: "lin" }, says: "已取消保留，操作人 lin" },
  {
    kind: "approved",
    facts: { by: "lin", until: "2026-11-27T07:00:00.000Z" },
    says: "已批准释放，批准人 lin，有效期至 2026-11-27",
  },
  { kind: "intent", facts: { via: "claim" }, says: "即将释放，方式 claim" },
  {
    kind: "receipt",
    facts: { ip: "203.0.113.10", recovery: "vpc AllocateAddresses" },
    says: "已释放，地址 203.0.113.10；可尝试用 eip-guard recover eip-a 找回，所用调用：vpc",
  },
  { kind: "failed", facts: { why: "busy" }, says: "操作失败：busy" },
  { kind: "withheld", facts: { why: "STOP" }, says: "暂不释放：STOP" },
  { kind: "settled", facts: { outcome: "released" }, says: "缺少回执的释放意图经核查已有结论：released" },
  { kind: "gone", facts: {}, says: "云上已查不到该 EIP（run-1）" },
  { kind: "recovering", facts: { by: "lin", ip: "203.0.113.10" }, says: "lin 正在尝试找回地址 203.0.113.10" },
  { kind: "recovered", facts: { ip: "203.0.113.10", newId: "eip-b" }, says: "地址 203.0.113.10 已找回，新的 EIP 为 eip-b" },
  { kind: "not-recovered", facts: { ip: "203.0.113.10", code: "Taken" }, says: "地址 203.0.113.10 未能找回：Taken" },
];

const LOOK = { color: false, width: 200 };

function result({ kind, facts }: Pick<(typeof cases)[number], "kind" | "facts">): HistoryResult {
  return {
    id: "eip-a",
    sentences: [{ at: "2026-11-23T09:00:00.000Z", kind, run: "run-1", eip: "eip-a", text: "the English sentence", facts }],
  };
}

describe("history in Chinese", () => {
  it.each(cases)("tells $kind", (one) => {
    for (const format of ["table", "markdown"] as const) {
      const text = renderHistory(result(one), format, { ...LOOK, language: "zh" });
      expect(text.replaceAll(/\\|&#8203;/g, "")).toContain(one.says);
      expect(text).not.toContain("English sentence");
    }
  });

  it("is in English where nothing else is asked for, and JSON is the same in each language", () => {
    const kept = result({ kind: "kept", facts: { by: "lin" } });
    expect(renderHistory(kept, "table", LOOK)).toContain("kept by lin (run-1)");
    const [english, chinese] = (["en", "zh"] as const).map((language) => renderHistory(kept, "json", { ...LOOK, language }));
    expect(chinese).toBe(english);
  });
});
