import { DRAWING } from "./drawing.ts";

/**
 * The page's script. It makes the rows of EIPs as they come into view, and takes those away that have left it, so that 20,000 EIPs open,
 * sort and filter at once; it keeps the choice in the address, copies, and writes CSV. Plain JavaScript for the browser, as text; it reads
 * only what the page holds, and puts texts into the page as texts alone.
 */
export const SCRIPT = `
(() => {
  "use strict";
  ${DRAWING}
  const SVG = "http://www.w3.org/2000/svg";
  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const drawing = (name, attributes, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (one, other) => typeof one === "number" ? one - other : collator.compare(one, other);
  const number = (value) => value.toLocaleString("en");

  function timeline(drawn) {
    const top = 24 + Math.max(0, ...drawn.marks.map((mark) => mark.level)) * 20, bar = 12, height = top + bar + 24;
    const rect = (kind, left, right) => drawing("rect", { class: kind, x: left, y: top, width: Math.max(0, right - left), height: bar });
    const label = (x, anchor, text) => drawing("text", { class: "t-label", x, y: height - 6, "text-anchor": anchor }, text);
    const svg = drawing("svg", { class: "timeline", viewBox: "0 0 640 " + height, role: "img", "aria-label": drawn.label },
      rect("t-before", drawn.begin, drawn.possible));
    if (drawn.bound) svg.append(rect("t-bound", drawn.bound[0], drawn.bound[1]));
    svg.append(rect("t-possible", drawn.possible, drawn.known), rect("t-known", drawn.known, drawn.now), rect("t-future", drawn.now, 640),
      drawing("line", { class: "t-now", x1: drawn.now, x2: drawn.now, y1: top - 4, y2: top + bar + 4 }));
    for (const mark of [...drawn.marks].reverse()) {
      const y = top - 12 - mark.level * 20;
      svg.append(drawing("g", { class: "t-mark" + (mark.planned ? " t-planned" : "") + (mark.beyond ? " t-beyond" : "") }, drawing("title", {}, mark.title),
        drawing("line", { x1: mark.at, x2: mark.at, y1: y, y2: top + bar }), drawing("circle", { cx: mark.at, cy: y, r: 7 }),
        drawing("text", { x: mark.at, y, dy: ".36em", "text-anchor": "middle" }, mark.letter)));
    }
    if (drawn.now >= 150) svg.append(label(0, "start", drawn.from));
    svg.append(label(drawn.now, drawn.now > 530 ? "end" : drawn.now < 110 ? "start" : "middle", say.now));
    if (drawn.now <= 490) svg.append(label(640, "end", drawn.to));
    return svg;
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = [...table.querySelectorAll("[data-row]")];
    const heads = [...table.tHead.rows[0].cells];
    for (const head of heads) sorter(head, heads, (key, down) => {
      const numeric = head.dataset.numeric !== undefined;
      const value = (row) => numeric ? Number(row.dataset[key]) : row.dataset[key];
      rows.sort((one, other) => compare(value(one), value(other)) * (down ? -1 : 1));
      if (rows[0]) rows[0].parentNode.append(...rows);
    });
  }
  function sorter(head, heads, sort) {
    const key = head.dataset.key;
    if (!key) return;
    const button = element("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      sort(key, down);
    });
  }

  const block = document.getElementById("data");
  if (!block) return;
  const data = JSON.parse(block.textContent);
  block.textContent = "";
  const { say, texts } = data;
  if (data.line) document.getElementById("timeline").append(timeline(drawn(data.line, data.now, say)));
  const form = document.getElementById("filters");
  if (!form) return;

  const copy = async (text, button) => {
    const said = button.textContent;
    try { await navigator.clipboard.writeText(text); }
    catch {
      const field = element("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    button.textContent = say.copied;
    setTimeout(() => { button.textContent = said; }, 1200);
  };
  const copyButton = (text, what) => {
    const button = element("button", { type: "button", class: "copy", "aria-label": what, title: what }, say.copy);
    button.addEventListener("click", () => copy(text, button));
    return button;
  };

  const table = document.getElementById("eips");
  const heads = [...table.tHead.rows[0].cells];
  const shown = document.getElementById("shown");
  const fields = form.elements;
  const sorts = data.columns.filter((column) => column.sorted).map((column) => column.key);
  const rows = data.rows.map(([group, verdict, cells, numbers, names, [price, currency], why, steps, facts, tags, line]) => {
    const [name, account, place, cluster, namespace, workload] = names.map((text) => texts[text]);
    return { group, verdict, cells, numbers, name, account, place, cluster, namespace, workload, price, currency, why, steps, facts, tags, line,
      id: texts[cells[0]], found: null };
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const cellOf = (row, key) => texts[row.cells[data.columns.findIndex((column) => column.key === key)]];
  // What a row is found by is put together when somebody searches for the first time.
  const foundBy = (row) => row.found ??= [...row.cells.map((text) => texts[text]), row.name, row.place, row.cluster, row.workload,
    data.verdicts[row.verdict].join(" "), data.groups[row.group].title, texts[row.why], ...row.tags.map((tag) => texts[tag])].join(" ").toLowerCase();
  const IN_USE = data.verdicts.findIndex(([code]) => code === "in-use");

  const CHOICES = ["cluster", "namespace", "account"].filter((name) => fields[name]);
  for (const name of CHOICES)
    for (const value of [...new Set(rows.map((row) => row[name]))].filter(Boolean).sort(collator.compare))
      fields[name].append(element("option", { value }, value));
  for (const name of ["verdict", ...CHOICES]) if (fields[name].options.length < 3) fields[name].parentNode.hidden = true;

  let sorted = null, chosen = [], members = new Map();
  const open = new Set();

  const groupOf = (row) => fields.group.value === "workload" ? row.workload === "" ? say.noWorkload : row.workload + " " + row.namespace + "@" + row.cluster
    : fields.group.value === "reason" ? data.groups[row.group].verdict + data.colon + data.groups[row.group].title : "";
  const money = (amount, currency) => amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }) + " " + data.money[currency];

  function choose() {
    const words = fields.text.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const verdict = fields.verdict.value;
    const anyVerdict = verdict === "all" || (verdict === "" && words.length > 0);
    chosen = rows.filter((row) => (anyVerdict || (verdict === "" ? row.verdict !== IN_USE : data.verdicts[row.verdict][0] === verdict))
      && CHOICES.every((name) => fields[name].value === "" || row[name] === fields[name].value)
      && words.every((word) => foundBy(row).includes(word)));
    if (sorted) sortBy(sorted);
    members = new Map();
    for (const row of chosen) {
      const group = groupOf(row);
      if (members.has(group)) members.get(group).push(row); else members.set(group, [row]);
    }
    if (!sorted && fields.group.value === "workload") chosen = [...members.values()].flat();
    shown.textContent = put(say.shown, number(chosen.length), number(rows.length)) + cost(chosen);
    lay();
  }

  function sortBy({ key, down }) {
    const place = sorts.indexOf(key), cell = data.columns.findIndex((column) => column.key === key);
    if (place >= 0) { chosen.sort((one, other) => (one.numbers[place] - other.numbers[place]) * (down ? -1 : 1)); return; }
    // Each text is compared with the others once: comparing them anew for each pair takes seconds.
    const used = [...new Set(chosen.map((row) => row.cells[cell]))].sort((one, other) => collator.compare(texts[one], texts[other]));
    const order = new Map(used.map((text, index) => [text, index]));
    chosen.sort((one, other) => (order.get(one.cells[cell]) - order.get(other.cells[cell])) * (down ? -1 : 1));
  }

  function cost(some) {
    const sums = new Map();
    for (const row of some) if (row.price > 0) sums.set(row.currency, (sums.get(row.currency) || 0) + row.price * 730);
    return [...sums].map(([currency, sum]) => put(say.month, money(sum, data.currencies[currency]))).join("");
  }

  // Rows are in bodies of so many. A body that is far from view has nothing but its height.
  const BODY = 50, PRINTED = 1000;
  let rowHeight = 38;
  const parts = new Map();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) fill(target); else clear(target);
  }, { rootMargin: "1500px 0px" });

  function lay() {
    watcher.disconnect();
    parts.clear();
    for (const body of [...table.tBodies]) body.remove();
    table.setAttribute("aria-rowcount", String(chosen.length + 1));
    const bodies = [];
    for (let start = 0; start < chosen.length; start += BODY) {
      const body = element("tbody");
      parts.set(body, { start, end: Math.min(chosen.length, start + BODY), filled: false, height: 0 });
      bodies.push(body);
    }
    for (const body of bodies) space(body);
    if (bodies[0]) fill(bodies[0]);
    table.append(...bodies);
    for (const body of bodies) watcher.observe(body);
  }

  function space(body) {
    const part = parts.get(body);
    const cell = element("td", { colspan: heads.length });
    cell.style.height = (part.height || (part.end - part.start) * rowHeight) + "px";
    body.replaceChildren(element("tr", { class: "space", "aria-hidden": "true" }, cell));
    part.filled = false;
  }

  function fill(body) {
    const part = parts.get(body);
    if (!part || part.filled) return;
    const made = [];
    for (let index = part.start; index < part.end; index += 1) {
      const row = chosen[index], group = groupOf(row);
      if (group !== "" && (index === 0 || groupOf(chosen[index - 1]) !== group)) made.push(groupRow(row, group));
      made.push(...rowOf(row, index));
    }
    body.replaceChildren(...made);
    part.filled = true;
  }

  function clear(body) {
    const part = parts.get(body);
    // Whoever is in it with the keyboard stays where they are.
    if (!part || !part.filled || body.contains(document.activeElement)) return;
    part.height = body.getBoundingClientRect().height;
    if (part.height > 0) rowHeight = part.height / (part.end - part.start);
    space(body);
  }

  function groupRow(row, group) {
    const own = sorted ? [row] : members.get(group);
    const head = element("th", { colspan: heads.length, scope: "rowgroup" });
    head.append(element("span", { class: "v-" + data.verdicts[row.verdict][0] + " dot" }), group + " ",
      element("span", { class: "soft" }, put(own.length === 1 ? say.eip : say.eips, number(own.length)) + cost(own)));
    return element("tr", { class: "group" }, head);
  }

  function cellContent(row, key, text) {
    if (key === "verdictWord") return [element("span", { class: "badge v-" + data.verdicts[row.verdict][0] }, text)];
    if (key === "ip") return [text, copyButton(text, say.copyAddress)];
    if (key === "pod") return [text === "-" ? element("span", { class: "soft" }, row.name === "" ? say.noPod : row.name) : element("code", {}, text)];
    return [text];
  }

  function rowOf(row, index) {
    const toggle = element("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-label": put(say.details, row.id) }, "▸");
    const link = element("a", { class: "id" }, row.id);
    link.href = "#" + row.id;
    const line = element("tr", { class: "row", id: row.id, "data-verdict": data.verdicts[row.verdict][0], "aria-rowindex": index + 2 });
    data.columns.forEach(({ key, numeric }, place) => {
      if (key === "id") return line.append(element("th", { scope: "row" }, toggle, link, copyButton(row.id, say.copyId)));
      line.append(element("td", { "data-key": key, ...(numeric ? { class: "number" } : {}) }, ...cellContent(row, key, texts[row.cells[place]])));
    });
    const unfold = (wanted) => {
      const there = line.nextElementSibling && line.nextElementSibling.className === "more";
      if (wanted && !there) line.after(details(row));
      if (!wanted && there) line.nextElementSibling.remove();
      toggle.setAttribute("aria-expanded", String(wanted));
      toggle.textContent = wanted ? "▾" : "▸";
      if (wanted) open.add(row.id); else open.delete(row.id);
    };
    toggle.addEventListener("click", () => unfold(toggle.getAttribute("aria-expanded") !== "true"));
    if (!open.has(row.id)) return [line];
    toggle.setAttribute("aria-expanded", "true");
    toggle.textContent = "▾";
    return [line, details(row)];
  }

  function details(row) {
    const list = (items, kind) => element("ul", { class: kind }, ...items.map((text) => element("li", {}, text)));
    const inside = element("td", { colspan: heads.length }, element("p", { class: "why" }, texts[row.why]));
    const place = [row.name === "" ? "" : put(say.name, row.name), row.workload, row.place].filter(Boolean).join(" · ");
    inside.append(element("p", { class: "soft" }, place));
    if (row.steps.length > 0) inside.append(list(row.steps.map((text) => texts[text]), "steps"));
    if (row.line) inside.append(element("div", { class: "scroll" }, timeline(drawn(row.line, data.now, say))));
    const commands = element("p", { class: "commands" });
    if (data.eipPages !== null) {
      const link = element("a", { class: "page" }, say.page);
      link.href = data.eipPages + encodeURIComponent(row.id);
      commands.append(link, " ");
    }
    for (const text of ["eip-guard explain " + row.id, ...(row.verdict === IN_USE ? [] : ["eip-guard keep " + row.id + ' --why "…"'])])
      commands.append(element("code", {}, text), copyButton(text, say.copyCommand));
    inside.append(commands, list([...row.facts.map((text) => texts[text]), ...row.tags.map((tag) => put(say.tag, texts[tag]))], "facts"));
    return element("tr", { class: "more" }, inside);
  }

  const NAMES = ["text", "verdict", ...CHOICES, "group"];
  function remember() {
    const kept = new URLSearchParams();
    for (const name of NAMES) if (fields[name].value !== (name === "group" ? "reason" : "")) kept.set(name, fields[name].value);
    const text = kept.toString();
    history.replaceState(null, "", text === "" ? location.pathname + location.search : "#" + text);
  }
  function recall() {
    let hash = location.hash.slice(1);
    try { hash = decodeURIComponent(hash); } catch {}
    if (byId.has(hash)) {
      // The one that is linked to stands alone, however many there are; the search field says so and can be emptied.
      for (const name of NAMES) fields[name].value = name === "group" ? "reason" : name === "text" ? hash : "";
      sorted = null;
      open.add(hash);
      choose();
      document.getElementById(hash).scrollIntoView({ block: "center" });
      return true;
    }
    if (!hash.includes("=")) return false;
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const name of NAMES) if (kept.has(name)) fields[name].value = kept.get(name);
    return false;
  }
  const csv = (value) => {
    const text = /^[\\s'"]*[=+\\-@|%\\uff1d\\uff0b\\uff0d\\uff20]/u.test(value) && value !== "-" ? "'" + value : value;
    return /[",]|^\\s|\\s$/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const FIRST = ["id", "ip"], NAMED = ["name", "account", "place", "cluster", "namespace", "workload"];
  const REST = data.columns.map(({ key }) => key).filter((key) => !FIRST.includes(key));
  document.getElementById("csv").addEventListener("click", () => {
    const record = (row) => [...FIRST.map((key) => cellOf(row, key)), ...NAMED.map((name) => row[name]), ...REST.map((key) => cellOf(row, key)), texts[row.why]];
    const lines = [[...FIRST, ...NAMED, ...REST, "why"], ...chosen.map(record)];
    const link = element("a", { download: "eip-guard.csv" });
    const { createObjectURL: addressOf, revokeObjectURL: forget } = URL;
    link.href = addressOf(new Blob([lines.map((line) => line.map(csv).join(",") + "\\r\\n").join("")], { type: "text/csv" }));
    link.click();
    setTimeout(() => forget(link.href), 1000);
  });

  let waiting = 0;
  form.addEventListener("input", (event) => {
    if (event.target.name === "group") { sorted = null; for (const head of heads) head.removeAttribute("aria-sort"); }
    clearTimeout(waiting);
    const now = () => { choose(); remember(); };
    if (event.target.name === "text" && rows.length > 1000) waiting = setTimeout(now, 150); else now();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const head of heads) sorter(head, heads, (key, down) => {
    sorted = { key, down };
    fields.group.value = "none";
    choose();
  });
  addEventListener("beforeprint", () => { for (const [body, part] of parts) if (part.end <= PRINTED) fill(body); else body.hidden = true; });
  addEventListener("afterprint", () => { for (const body of parts.keys()) body.hidden = false; });
  addEventListener("hashchange", () => { if (!recall()) choose(); });
  form.hidden = false;
  table.parentNode.hidden = false;
  if (!recall()) choose();
})();
`;
