import { writeFile } from "node:fs/promises";
import { PAGES, pathOf, present } from "./pages.ts";
import { readRooms } from "./rooms.ts";

/** `npm run docs`: writes every generated page anew, and says what changed. */
// The help is as wide as the terminal; pages are not.
process.stdout.columns = 80;

for (const page of PAGES) {
  const made = await page.make();
  if (made === present(page)) continue;
  await writeFile(pathOf(page), made);
  console.log(`wrote ${page.file}`);
}
const { imports, floors, circles } = readRooms();
console.log(`src: ${imports.size} rooms on ${floors.length} floors, ${circles.length} circles`);
for (const files of circles) console.log(`circle: ${files.join(", ")}`);
