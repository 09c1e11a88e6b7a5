// A table from which one thing is chosen. Needs choosing.js before it.
// Text goes in by textContent only: names and audit entries hold what others wrote.
function build(stage, memory, open) {
  const { data } = memory;
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("aria-label", data.label);
  scroll.style.maxHeight = data.height;
  const table = element("table");
  table.setAttribute("role", "grid");
  const titles = element("tr");
  for (const column of data.columns) {
    const title = element("th", `${column.look || ""} ${column.yields || ""}`.trim(), column.title);
    if (column.width) title.style.width = column.width;
    titles.append(title);
  }
  const head = element("thead");
  head.append(titles);
  const body = element("tbody");
  for (const row of data.rows) {
    const node = element("tr", row.look || "");
    node.dataset.id = row.id;
    row.cells.forEach((text, place) => {
      const column = data.columns[place];
      const cell = element("td", `${column.look || ""} ${column.yields || ""}`.trim());
      if (column.look === "chip") cell.append(element("span", `mark ${row.chip || ""}`, text));
      else cell.textContent = text;
      cell.title = text;
      node.append(cell);
    });
    node.addEventListener("click", () => open(row.id));
    memory.rows.set(row.id, node);
    body.append(node);
  }
  choosable(scroll, memory, open);
  table.append(head, body);
  scroll.append(table);
  stage.append(scroll);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const memory = parentElement.listing || (parentElement.listing = { rows: new Map(), at: null });
  const stage = parentElement.querySelector(".stage");
  memory.data = data;
  const open = (id) => {
    mark(memory, id, false);
    setTriggerValue("open", id);
  };
  const shape = JSON.stringify(data);
  redraw(stage, memory, shape, () => build(stage, memory, open));
  mark(memory, data.chosen, false);
}
