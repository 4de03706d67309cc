import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** `npx tsx tools/report-picture.ts [FILE]`: the demo's report as a picture, by default docs/report.png. Needs /usr/bin/chromium. */
const root = join(import.meta.dirname, "..");
const [target = join(root, "docs/report.png")] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "eip-guard-picture-"));
try {
  const file = join(folder, "demo.html");
  const cli = ["--import", "tsx", join(root, "src/cli/main.ts"), "demo", "--html", file];
  execFileSync(process.execPath, cli, { cwd: root, stdio: "ignore" });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 1_180 } });
    await page.goto(`file://${file}`);
    await page.locator("#eips button.toggle").first().click();
    await page.screenshot({ path: target });
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
