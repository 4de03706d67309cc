import type { ScanResult } from "../core/terms/result.ts";
import { CLUSTER_COLUMNS, type Column, EIP_COLUMNS, type Field } from "./columns.ts";
import { csvField } from "./escape.ts";
import type { View } from "./options.ts";

/** One EIP a line, or one cluster, with everything that the JSON has, flat. Gaps are lines of no EIP and stand in `complete`. */
export function renderCsv(result: ScanResult, view: View): string {
  return view === "eips" ? lines(EIP_COLUMNS, result.eips, result) : lines(CLUSTER_COLUMNS, result.clusters, result);
}

/** RFC 4180: a head, then one record a line, each ended by CRLF. */
function lines<Of>(columns: readonly Column<Of>[], rows: readonly Of[], result: ScanResult): string {
  const own = columns.flatMap(({ key, csv }) => (csv === undefined ? [] : [{ key, csv }]));
  return [own.map(({ key }) => key), ...rows.map((row) => own.map(({ csv }) => csv(row, result)))].map(csvRecord).join("");
}

/** Records of equal shape that have no columns of their own, such as the trail's; `columns` are their fields. */
export function csvRecord(fields: readonly Field[]): string {
  return `${fields.map(csvField).join(",")}\r\n`;
}
