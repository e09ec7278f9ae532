"use strict";
/* Sorts and filters the tables, unfolds what a link leads to, copies the command. */
(() => {
  function element(name, attributes, text = "") {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.textContent = text;
    return made;
  }

  function listing(box) {
    const noun = box.dataset.noun;
    const body = box.querySelector("tbody");
    const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
    const most = Number(box.dataset.most);
    let shownMost = most;
    let wanted = "";

    const controls = element("div", { class: "controls" });
    const label = element("label", {}, `Filter ${noun}`);
    const input = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const count = element("span", { class: "count", role: "status" });
    const more = element("button", { type: "button", class: "more" });
    label.append(input);
    controls.append(label, count);
    if (rows.length > 1) {
      box.prepend(controls);
    }
    box.append(more);

    function update() {
      const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
      const matching = rows.filter(({ text }) => words.every((word) => text.includes(word)));
      const shown = new Set(matching.slice(0, shownMost));
      rows.forEach((item) => (item.row.hidden = !shown.has(item)));
      const format = (number) => number.toLocaleString("en-US");
      count.textContent = words.length
        ? `${format(matching.length)} of ${format(rows.length)} ${noun}`
        : `${format(rows.length)} ${noun}`;
      more.hidden = matching.length <= shownMost;
      more.textContent = `Show all ${format(matching.length)} ${noun}`;
    }

    function sort(heading, column) {
      const isNumeric = heading.hasAttribute("data-numeric");
      const now = heading.getAttribute("aria-sort");
      const isDescending = now === "none" ? isNumeric : now === "ascending";
      [...heading.parentNode.cells].forEach((cell) => cell.setAttribute("aria-sort", "none"));
      heading.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      const key = ({ row }) =>
        isNumeric ? Number(row.cells[column].dataset.value) : row.cells[column].textContent.trim();
      const compare = (one, other) => (isNumeric ? one - other : one.localeCompare(other, "en", { numeric: true }));
      const keyed = rows.map((item) => [key(item), item]);
      keyed.sort((one, other) => compare(one[0], other[0]) * (isDescending ? -1 : 1));
      rows.splice(0, rows.length, ...keyed.map(([, item]) => item));
      body.append(...rows.map(({ row }) => row));
      update();
    }

    [...box.querySelectorAll("th")].forEach((heading, column) => {
      const button = element("button", { type: "button" }, heading.textContent);
      button.addEventListener("click", () => sort(heading, column));
      heading.replaceChildren(button);
    });
    input.addEventListener("input", () => {
      wanted = input.value;
      update();
    });
    more.addEventListener("click", () => {
      shownMost = Infinity;
      update();
    });
    update();
  }

  /* What is folded may be inside of what is folded. */
  function unfold() {
    const target = document.getElementById(location.hash.slice(1));
    for (let part = target; part; part = part.parentElement) {
      if (part instanceof HTMLDetailsElement) {
        part.open = true;
      }
    }
    target?.scrollIntoView();
  }

  function copyButton(box) {
    const command = box.querySelector("pre");
    const button = element("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(command);
      }
    });
    box.append(button);
  }

  document.querySelectorAll(".listing").forEach(listing);
  document.querySelectorAll(".command").forEach(copyButton);
  addEventListener("hashchange", unfold);
  unfold();
})();
