/**
 * The HTML report's script: sorts and filters the table of EIPs. Without it everything is there, in the order worst first. Plain
 * JavaScript for the browser, as text; it reads only what the page holds.
 */
export const SCRIPT = `
(() => {
  const table = document.getElementById("eips");
  if (!table) return;
  const rows = [...table.tBodies];
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  form.hidden = false;
  const filter = () => {
    const words = form.elements.text.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const verdict = form.elements.verdict.value;
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = (verdict === "" || row.dataset.verdict === verdict) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = count + " of " + rows.length + " EIPs";
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const head of table.tHead.rows[0].cells) {
    const key = head.dataset.key;
    if (!key) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.dataset[key];
      const numeric = head.dataset.numeric !== undefined;
      rows.sort((one, other) => (numeric ? Number(value(one)) - Number(value(other)) : value(one).localeCompare(value(other), "en", { numeric: true })) * (down ? -1 : 1));
      table.append(...rows);
    });
  }
  filter();
})();
`;
