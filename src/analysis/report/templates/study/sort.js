// Tables that can be put in order: the words of each column's head become a button.
(() => {
  "use strict";
  const number = (cell) => {
    const text = cell.textContent.replace(/[\s\u202f\u00a0%]/g, "").replace("\u2212", "-");
    return /^[-+]?\d/.test(text) ? Number.parseFloat(text) : Number.NaN;
  };
  const compare = (a, b) => a.localeCompare(b, undefined, { numeric: true });

  const order = (body, rows, column, direction) => {
    const keyed = rows.map((row, place) => ({
      row, place, number: number(row.cells[column]), text: row.cells[column].textContent.trim(),
    }));
    const numeric = keyed.every((k) => !Number.isNaN(k.number) || k.text === "\u2013");
    const missing = (k) => k.text === "\u2013";
    keyed.sort((a, b) => {
      if (direction === "none") return a.place - b.place;
      if (missing(a) !== missing(b)) return missing(a) ? 1 : -1;
      const by = missing(a) ? 0 : numeric ? a.number - b.number : compare(a.text, b.text);
      return (direction === "ascending" ? by : -by) || a.place - b.place;
    });
    body.append(...keyed.map((k) => k.row));
  };

  const next = { none: "ascending", ascending: "descending", descending: "none" };

  for (const table of document.querySelectorAll("main table")) {
    const [head, body] = [table.tHead, table.tBodies[0]];
    const rows = body ? [...body.rows] : [];
    if (!head || rows.length < 3) continue;
    const columns = head.rows[0].cells;
    if (rows.some((row) => row.cells.length !== columns.length)) continue;
    [...columns].forEach((cell, column) => {
      if (cell.tagName !== "TH" || !cell.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener("click", () => {
        const direction = next[cell.getAttribute("aria-sort") || "none"];
        for (const other of columns) other.removeAttribute("aria-sort");
        if (direction !== "none") cell.setAttribute("aria-sort", direction);
        order(body, rows, column, direction);
      });
    });
  }
})();
