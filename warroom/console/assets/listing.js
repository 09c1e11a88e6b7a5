// A table from which one thing is chosen, by its own id and never by its place.
// Text goes in by textContent only: names and audit entries hold what others wrote.
function element(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
}

function mark(memory, id, scroll) {
  memory.at = id;
  for (const [key, row] of memory.rows) row.setAttribute("aria-selected", String(key === id));
  if (scroll && memory.rows.has(id)) memory.rows.get(id).scrollIntoView({ block: "nearest" });
}

function build(stage, memory, open) {
  const { data } = memory;
  stage.replaceChildren();
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
  memory.rows = new Map();
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
  scroll.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const ids = [...memory.rows.keys()];
    const at = ids.indexOf(memory.at);
    if (event.code === "KeyJ" || event.code === "ArrowDown") mark(memory, ids[Math.min(ids.length - 1, at + 1)], true);
    else if (event.code === "KeyK" || event.code === "ArrowUp") mark(memory, ids[Math.max(0, at - 1)], true);
    else if (event.code === "Enter" && memory.rows.has(memory.at)) open(memory.at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
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
  if (memory.shape !== shape) {
    const old = stage.querySelector(".scroll");
    const focused = old && old.matches(":focus");
    const top = old ? old.scrollTop : 0;
    memory.shape = shape;
    build(stage, memory, open);
    const fresh = stage.querySelector(".scroll");
    fresh.scrollTop = top;
    if (focused) fresh.focus();
  }
  mark(memory, data.chosen, false);
}
