/**
 * The HTML report's script: sorts its tables and filters the one of EIPs. Without it everything is there, in the order worst first.
 * Plain JavaScript for the browser, as text; it reads only what the page holds.
 */
export const SCRIPT = `
(() => {
  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = [...table.querySelectorAll("[data-row]")];
    const heads = [...table.tHead.rows[0].cells];
    for (const head of heads) {
      const key = head.dataset.key;
      if (!key) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const value = (row) => row.dataset[key];
        const numeric = head.dataset.numeric !== undefined;
        rows.sort((one, other) => (numeric ? Number(value(one)) - Number(value(other)) : value(one).localeCompare(value(other), "en", { numeric: true })) * (down ? -1 : 1));
        rows[0]?.parentNode.append(...rows);
      });
    }
  }
  const form = document.getElementById("filters");
  if (!form) return;
  const eips = [...document.querySelectorAll("#eips [data-row]")];
  const shown = document.getElementById("shown");
  form.hidden = false;
  const filter = () => {
    const words = form.elements.text.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const verdict = form.elements.verdict.value;
    let count = 0;
    for (const row of eips) {
      const text = row.textContent.toLowerCase();
      const fits = (verdict === "" || row.dataset.verdict === verdict) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = count + " of " + eips.length + " EIPs";
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
`;
