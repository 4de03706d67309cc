/**
 * The HTML report's script. It makes the rows of EIPs as they are looked at, out of the page's block of data, so that 20,000 EIPs open
 * at once; it sorts, groups and filters them, keeps the choice in the address, copies, and writes CSV. Plain JavaScript for the browser,
 * as text; it reads only what the page holds, and puts texts into the page as texts alone.
 */
export const SCRIPT = `
(() => {
  "use strict";
  const PAGE = 100, BY_ITSELF = 500, SVG = "http://www.w3.org/2000/svg";
  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (one, other) => typeof one === "number" ? one - other : collator.compare(one, other);
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
    button.textContent = "copied";
    setTimeout(() => { button.textContent = said; }, 1200);
  };
  const copyButton = (text, what) => {
    const button = element("button", { type: "button", class: "copy", "aria-label": "copy " + what, title: "copy " + what }, "copy");
    button.addEventListener("click", () => copy(text, button));
    return button;
  };

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
  const form = document.getElementById("filters");
  if (!block || !form) return;
  const data = JSON.parse(block.textContent);
  block.textContent = "";
  const table = document.getElementById("eips");
  const heads = [...table.tHead.rows[0].cells];
  const shown = document.getElementById("shown");
  const more = document.getElementById("more");
  const fields = form.elements;
  for (const row of data.rows)
    row.text = [row.id, row.ip, row.name, row.place, row.cluster, row.pod, row.workload, row.verdict, data.groups[row.group].title, row.detail, row.next, ...row.tags].join(" ").toLowerCase();

  const CHOICES = ["cluster", "namespace", "account"];
  for (const name of CHOICES)
    for (const value of [...new Set(data.rows.map((row) => row[name]))].filter(Boolean).sort(collator.compare))
      fields[name].append(element("option", { value }, value));
  for (const name of ["verdict", ...CHOICES]) if (fields[name].options.length < 3) fields[name].parentNode.hidden = true;

  let sorted = null, chosen = [], made = 0, open = new Set();

  const groupOf = (row) => fields.group.value === "workload" ? row.workload === "" ? "no workload known" : row.workload + " " + row.namespace + "@" + row.cluster
    : fields.group.value === "reason" ? data.groups[row.group].verdict + ": " + data.groups[row.group].title : "";
  const money = (amount, currency) => amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }) + " " + currency;

  function choose() {
    const words = fields.text.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const verdict = fields.verdict.value;
    const anyVerdict = verdict === "all" || (verdict === "" && words.length > 0);
    chosen = data.rows.filter((row) => (anyVerdict || (verdict === "" ? row.verdict !== "in-use" : row.verdict === verdict))
      && CHOICES.every((name) => fields[name].value === "" || row[name] === fields[name].value)
      && words.every((word) => row.text.includes(word)));
    if (sorted) chosen.sort((one, other) => compare(one[sorted.key], other[sorted.key]) * (sorted.down ? -1 : 1));
    else if (fields.group.value === "workload") {
      const first = new Map();
      for (const row of chosen) if (!first.has(groupOf(row))) first.set(groupOf(row), first.size);
      chosen.sort((one, other) => first.get(groupOf(one)) - first.get(groupOf(other)));
    }
    for (const body of [...table.tBodies]) body.remove();
    made = 0;
    shown.textContent = chosen.length.toLocaleString("en") + " of " + data.rows.length.toLocaleString("en") + " EIPs" + cost(chosen);
    make(PAGE);
  }

  function cost(rows) {
    const sums = new Map();
    for (const row of rows) if (row.idleSeconds >= 0 && row.price > 0) sums.set(row.currency, (sums.get(row.currency) || 0) + row.price * 730);
    return [...sums].map(([currency, sum]) => ", " + money(sum, currency) + " a month").join("");
  }

  function make(count) {
    const end = Math.min(chosen.length, made + count);
    let body = table.tBodies[table.tBodies.length - 1];
    for (; made < end; made += 1) {
      const row = chosen[made], group = groupOf(row);
      if (!body || body.dataset.group !== group) {
        body = element("tbody", { "data-group": group });
        if (group !== "") body.append(groupRow(row, group));
        table.append(body);
      }
      body.append(...rowOf(row));
    }
    const left = chosen.length - made;
    more.hidden = left === 0;
    more.textContent = "Show " + Math.min(left, BY_ITSELF).toLocaleString("en") + " more of " + left.toLocaleString("en");
  }

  function groupRow(row, group) {
    const members = chosen.filter((other) => groupOf(other) === group);
    const head = element("th", { colspan: heads.length, scope: "rowgroup" });
    head.append(element("span", { class: "v-" + row.verdict + " dot" }), group + " ", element("span", { class: "soft" }, members.length.toLocaleString("en") + (members.length === 1 ? " EIP" : " EIPs") + cost(members)));
    return element("tr", { class: "group" }, head);
  }

  function rowOf(row) {
    const toggle = element("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-label": "details of " + row.id }, "▸");
    const link = element("a", { class: "id" }, row.id);
    link.href = "#" + row.id;
    const head = element("th", { scope: "row" }, toggle, link, copyButton(row.id, "the id"));
    const cell = (label, ...content) => element("td", { "data-label": label, ...(label === "Idle for" || label === "A month" || label === "So far" ? { class: "number" } : {}) }, ...content);
    const line = element("tr", { class: "row", id: row.id, "data-verdict": row.verdict },
      head,
      cell("Verdict", element("span", { class: "badge v-" + row.verdict }, row.verdict === "in-use" ? "in use" : row.verdict)),
      cell("Address", row.ip, copyButton(row.ip, "the address")),
      cell("Pod", row.pod === "" ? element("span", { class: "soft" }, row.name === "" ? "no Pod" : row.name) : element("code", {}, row.pod)),
      cell("Idle for", row.idle), cell("A month", row.month), cell("So far", row.soFar), cell("Next", row.next));
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
    const inside = element("td", { colspan: heads.length }, element("p", { class: "why" }, row.detail));
    const place = [row.name === "" ? "" : "name " + row.name, row.workload, row.place].filter(Boolean).join(" · ");
    inside.append(element("p", { class: "soft" }, place));
    if (row.steps.length > 0) inside.append(list(row.steps, "steps"));
    if (row.timeline) inside.append(element("div", { class: "scroll" }, timeline(row.timeline)));
    const commands = element("p", { class: "commands" });
    for (const text of ["eip-guard explain " + row.id, ...(row.verdict === "in-use" ? [] : ["eip-guard keep " + row.id + ' --why "…"'])])
      commands.append(element("code", {}, text), copyButton(text, "the command"));
    inside.append(commands, list([...row.facts, ...row.tags.map((tag) => "tag " + tag)], "facts"));
    return element("tr", { class: "more" }, inside);
  }

  function timeline(drawing) {
    const make = (name, attributes, ...children) => {
      const made = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      made.append(...children);
      return made;
    };
    const top = 24 + Math.max(0, ...drawing.marks.map((mark) => mark.level)) * 20, bar = 12, height = top + bar + 24;
    const rect = (kind, left, right) => make("rect", { class: kind, x: left, y: top, width: Math.max(0, right - left), height: bar });
    const label = (x, anchor, text) => make("text", { class: "t-label", x, y: height - 6, "text-anchor": anchor }, text);
    const svg = make("svg", { class: "timeline", viewBox: "0 0 640 " + height, role: "img", "aria-label": drawing.label },
      rect("t-before", drawing.begin, drawing.possible));
    if (drawing.bound) svg.append(rect("t-bound", drawing.bound[0], drawing.bound[1]));
    svg.append(rect("t-possible", drawing.possible, drawing.known), rect("t-known", drawing.known, drawing.now), rect("t-future", drawing.now, 640),
      make("line", { class: "t-now", x1: drawing.now, x2: drawing.now, y1: top - 4, y2: top + bar + 4 }));
    for (const mark of [...drawing.marks].reverse()) {
      const y = top - 12 - mark.level * 20;
      svg.append(make("g", { class: "t-mark" + (mark.planned ? " t-planned" : "") + (mark.beyond ? " t-beyond" : "") }, make("title", {}, mark.title),
        make("line", { x1: mark.at, x2: mark.at, y1: y, y2: top + bar }), make("circle", { cx: mark.at, cy: y, r: 7 }),
        make("text", { x: mark.at, y, dy: ".36em", "text-anchor": "middle" }, mark.letter)));
    }
    if (drawing.now >= 150) svg.append(label(0, "start", drawing.from));
    svg.append(label(drawing.now, drawing.now > 530 ? "end" : drawing.now < 110 ? "start" : "middle", "now"));
    if (drawing.now <= 490) svg.append(label(640, "end", drawing.to));
    return svg;
  }

  const NAMES = ["text", "verdict", "cluster", "namespace", "account", "group"];
  function remember() {
    const kept = new URLSearchParams();
    for (const name of NAMES) if (fields[name].value !== (name === "group" ? "reason" : "")) kept.set(name, fields[name].value);
    const text = kept.toString();
    history.replaceState(null, "", text === "" ? location.pathname + location.search : "#" + text);
  }
  function recall() {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (data.rows.some((row) => row.id === hash)) {
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
    const text = typeof value === "number" ? String(value) : /^[\\s'"]*[=+\\-@|%\\uff1d\\uff0b\\uff0d\\uff20]/u.test(value) && value !== "-" ? "'" + value : value;
    return /[",]|^\\s|\\s$/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const COLUMNS = ["id", "ip", "name", "account", "place", "cluster", "namespace", "pod", "workload", "verdict", "detail", "idle", "month", "soFar", "next"];
  document.getElementById("csv").addEventListener("click", () => {
    const lines = [COLUMNS.join(","), ...chosen.map((row) => COLUMNS.map((name) => csv(row[name])).join(","))];
    const link = element("a", { download: "eip-guard.csv" });
    const { createObjectURL: addressOf, revokeObjectURL: forget } = URL;
    link.href = addressOf(new Blob([lines.map((line) => line + "\\r\\n").join("")], { type: "text/csv" }));
    link.click();
    setTimeout(() => forget(link.href), 1000);
  });

  let waiting = 0;
  form.addEventListener("input", (event) => {
    if (event.target.name === "group") { sorted = null; for (const head of heads) head.removeAttribute("aria-sort"); }
    clearTimeout(waiting);
    const now = () => { choose(); remember(); };
    if (event.target.name === "text" && data.rows.length > 1000) waiting = setTimeout(now, 150); else now();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const head of heads) sorter(head, heads, (key, down) => {
    sorted = { key, down };
    fields.group.value = "none";
    choose();
  });
  more.addEventListener("click", () => make(BY_ITSELF));
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && made < Math.min(BY_ITSELF, chosen.length)) make(PAGE);
  }, { rootMargin: "600px" }).observe(more.parentNode);
  addEventListener("beforeprint", () => make(Math.max(0, Math.min(1000, chosen.length) - made)));
  addEventListener("hashchange", () => { if (!recall()) choose(); });
  form.hidden = false;
  table.parentNode.hidden = false;
  if (!recall()) choose();
})();
`;
