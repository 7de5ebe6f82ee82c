// The sentence browser: everything it knows it reads from the list on the page, as text.
(() => {
  "use strict";
  const MOST_LINES = 500;
  const AROUND = 70;
  const place = document.getElementById("browser");
  const lists = document.getElementById("lists");

  const make = (tag, attributes = {}, ...children) => {
    const svg = tag === "svg" || tag === "line";
    const element = svg
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // ------------------------------------------------------------ what is there

  const items = [...lists.querySelectorAll("section")].flatMap((section) =>
    [...section.querySelectorAll("li")].map((line) => {
      const said = new Map([
        ["statement", [section.dataset.statement]],
        ["group", section.dataset.group ? [section.dataset.group] : []],
      ]);
      for (const tag of line.querySelectorAll(".tag")) {
        const kind = tag.dataset.kind;
        said.set(kind, [...(said.get(kind) || []), tag.dataset.value || "any"]);
      }
      const address = line.querySelector("a");
      return {
        line, section, said, id: address.textContent, href: address.getAttribute("href"),
        text: line.querySelector(".text").textContent,
      };
    }));
  const kinds = [...new Set(items.flatMap((item) => [...item.said.keys()]))];

  const WORD = /[\p{L}\p{M}\p{N}]+(?:['\u2019\u2011-][\p{L}\p{M}\p{N}]+)*/gu;
  const words = (text) => [...text.matchAll(WORD)].map((match) => ({
    word: match[0], start: match.index, end: match.index + match[0].length,
  }));

  // ------------------------------------------------------------ what is asked for

  const state = new Map();
  const read = () => {
    state.clear();
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (value) state.set(name, value);
    }
  };
  const write = () => {
    const address = new URLSearchParams([...state].filter(([, value]) => value)).toString();
    location.replace(`#${address || "all"}`);
  };

  const controls = new Map();
  const field = (name, label, control) => {
    control.id = `choose-${controls.size}`;
    controls.set(name, control);
    control.addEventListener("change", () => {
      state.set(name, control.value);
      write();
    });
    return make("p", {}, make("label", { for: control.id }, label), control);
  };
  const options = (kind) => {
    const count = new Map();
    for (const item of items) {
      for (const value of new Set(item.said.get(kind) || [])) {
        count.set(value, (count.get(value) || 0) + 1);
      }
    }
    return [...count].map(([value, n]) => make("option", { value }, `${value} (${n})`));
  };
  const select = (name, label, ...entries) => field(name, label, make("select", {}, ...entries));
  const fields = make("div", { class: "fields" });
  for (const kind of kinds) {
    fields.append(select(kind, kind, make("option", { value: "" }, "all"), ...options(kind)));
  }
  const search = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  fields.append(
    field("words", "words in context", search),
    select("order", "order of lines", ...[["", "as in the texts"], ["left", "by the words before"],
      ["right", "by the words after"]].map(([value, label]) => make("option", { value }, label))),
  );
  const status = make("p", { role: "status", class: "note" });
  const save = make("button", { type: "button" }, "Save the selection as CSV");
  const found = make("div", { class: "found" });
  place.append(
    fields,
    make("p", { class: "note" },
      "A phrase is found as typed; * stands for any letters, ? for one, | parts alternatives."),
    status, make("p", {}, save), found,
  );

  // ------------------------------------------------------------ words in context

  const patterns = (query) => query.split("|").map((phrase) =>
    phrase.trim().split(/\s+/).filter(Boolean).map((word) => new RegExp(
      `^${word.replace(/[.+^${}()[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")}$`,
      "iu",
    ))).filter((phrase) => phrase.length);

  const hits = (chosen, query) => {
    const phrases = patterns(query);
    return chosen.flatMap((item) => {
      const own = words(item.text);
      return own.flatMap((_, at) => phrases
        .filter((phrase) => phrase.every((word, n) => own[at + n] && word.test(own[at + n].word)))
        .slice(0, 1)
        .map((phrase) => ({
          item, at,
          left: item.text.slice(0, own[at].start),
          match: item.text.slice(own[at].start, own[at + phrase.length - 1].end),
          right: item.text.slice(own[at + phrase.length - 1].end),
          before: own.slice(0, at).reverse().map((w) => w.word.toLowerCase()).join(" "),
          after: own.slice(at + phrase.length).map((w) => w.word.toLowerCase()).join(" "),
        })));
    });
  };

  const strip = (marks, name) => {
    const places = marks.map((mark) => Math.round(mark)).join(", ");
    const label = `${name}: ${marks.length} hits${places ? `, at ${places} % of the text` : ""}`;
    const drawing = make("svg", {
      viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": label,
    });
    drawing.append(make("line", { x1: 0, y1: 9.5, x2: 100, y2: 9.5, class: "ground" }),
      ...marks.map((x) => make("line", { x1: x, y1: 0, x2: x, y2: 9 })));
    return drawing;
  };

  const rates = (chosen, lines) => {
    const rows = [...new Set(chosen.map((item) => item.section))].map((section) => {
      let total = 0;
      const starts = new Map();
      for (const item of chosen) {
        if (item.section !== section) continue;
        starts.set(item, total);
        total += words(item.text).length;
      }
      const own = lines.filter((line) => line.item.section === section);
      const name = section.dataset.statement;
      const marks = own.map((line) => (100 * (starts.get(line.item) + line.at + 0.5)) / total);
      const rate = total ? ((1000 * own.length) / total).toFixed(1) : "\u2013";
      return make("tr", {}, make("th", { scope: "row" }, name),
        make("td", { class: "count" }, String(own.length)),
        make("td", { class: "count" }, String(total)), make("td", { class: "number" }, rate),
        make("td", { class: "strip" }, strip(marks, name)));
    });
    return table("How often, and where in each text",
      ["statement", "hits", "words", "per 1,000 words", "place in the text"], rows);
  };

  const table = (caption, heads, rows) => {
    const cells = heads.map((head) => make("th", { scope: "col" }, head));
    return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
      make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...cells)),
        make("tbody", {}, ...rows)));
  };

  // Cut between words, and said so.
  const cut = (text) => text.length > AROUND;
  const before = (text) => (cut(text) ? text.slice(-AROUND).replace(/^\S*\s/, "\u2026 ") : text);
  const after = (text) => (cut(text) ? text.slice(0, AROUND).replace(/\s\S*$/, " \u2026") : text);

  const context = (lines) => table("Words in context", ["where", "before", "words", "after"],
    lines.slice(0, MOST_LINES).map((line) => make("tr", {},
      make("th", { scope: "row" },
        make("a", { href: line.item.href }, `${line.item.section.dataset.id} ${line.item.id}`)),
      make("td", { class: "before" }, before(line.left)),
      make("td", {}, make("mark", {}, line.match)),
      make("td", { class: "after" }, after(line.right)))));

  // ------------------------------------------------------------ showing and saving

  let shown = { head: [], rows: [] };

  const draw = () => {
    read();
    for (const [name, control] of controls) control.value = state.get(name) || "";
    const chosen = items.filter((item) => kinds.every((kind) =>
      !state.get(kind) || (item.said.get(kind) || []).includes(state.get(kind))));
    const query = state.get("words") || "";
    const kept = new Set(chosen);
    for (const item of items) item.line.hidden = !kept.has(item);
    for (const section of new Set(items.map((item) => item.section))) {
      section.hidden = !chosen.some((item) => item.section === section);
    }
    lists.hidden = Boolean(query);
    found.replaceChildren();
    if (!query) {
      status.textContent = `${chosen.length} of ${items.length} sentences`;
      const extra = kinds.filter((kind) => kind !== "statement");
      shown = { head: ["statement", "sentence", "text", ...extra],
        rows: chosen.map((item) => [item.section.dataset.id, item.id, item.text,
          ...extra.map((kind) => (item.said.get(kind) || []).join("; "))]) };
      return;
    }
    const lines = hits(chosen, query);
    const key = { left: "before", right: "after" }[state.get("order")];
    const sorted = key ? [...lines].sort((a, b) => a[key].localeCompare(b[key])) : lines;
    const holding = new Set(lines.map((line) => line.item)).size;
    status.textContent = `${lines.length} hits in ${holding} of ${chosen.length} sentences`
      + (lines.length > MOST_LINES ? `; the first ${MOST_LINES} are shown, the CSV holds all` : "");
    found.append(rates(chosen, lines), context(sorted));
    shown = { head: ["statement", "sentence", "before", "words", "after"],
      rows: sorted.map((l) => [l.item.section.dataset.id, l.item.id, l.left, l.match, l.right]) };
  };

  const cell = (value) => {
    const text = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]./s.test(value) ? `'${value}` : value;
    return /[,"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  save.addEventListener("click", () => {
    const lines = [shown.head, ...shown.rows].map((row) => row.map(cell).join(","));
    const address = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    const link = make("a", { href: address, download: "selection.csv" });
    link.click();
    URL.revokeObjectURL(address);
  });
  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      state.set("words", search.value.trim());
      write();
    }, 250);
  });
  addEventListener("hashchange", draw);
  draw();
})();
