// The live queue's rows: one row an incident, found by its number and never by its place, so that what is
// selected stays selected while rows arrive. Text goes in by textContent only: attackers write it.
function element(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
}

function age(ms, units) {
  const steps = [[86400, units[3]], [3600, units[2]], [60, units[1]], [1, units[0]]];
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [size, unit] = steps.find(([step]) => seconds >= step) || steps[3];
  return `${Math.floor(seconds / size)} ${unit}`;
}

function fill(cell, column, row, data) {
  cell.className = column;
  const value = row[column];
  if (column === "severity") {
    const chip = element("span", "chip", value);
    [chip.style.color, chip.style.background] = row.chip;
    cell.replaceChildren(chip);
  } else if (column === "status") {
    cell.replaceChildren(element("span", `state ${row.state}`, value));
  } else if (column === "incident") {
    cell.replaceChildren();
    if (row.drill) cell.append(element("span", "mark", data.words.drill));
    cell.append(value);
    cell.title = value;
  } else if (column === "age" || column === "last") {
    cell.dataset.since = value;
  } else {
    cell.textContent = value === null ? "—" : String(value);
    if (value === null) cell.classList.add("none");
    if (column === "platform" || column === "entity") cell.title = cell.textContent;
  }
}

function select(memory, id, scroll) {
  memory.selected = id;
  const place = memory.data.rows.findIndex((row) => row.id === id);
  if (place >= 0) memory.place = place;
  for (const [number, row] of memory.rows) row.setAttribute("aria-selected", String(number === id));
  if (scroll && memory.rows.has(id)) memory.rows.get(id).scrollIntoView({ block: "nearest" });
}

function step(memory, by) {
  const ids = shown(memory);
  if (!ids.length) return;
  const at = ids.indexOf(memory.selected);
  // An incident that somebody else took away leaves no cursor behind that could act on its neighbour: the next key
  // begins where it stood.
  const from = memory.place > 0 ? Math.min(memory.place, ids.length - 1) : 0;
  const next = at < 0 ? from : Math.min(ids.length - 1, Math.max(0, at + by));
  select(memory, ids[next], true);
}

function build(stage, memory) {
  const { data } = memory;
  stage.replaceChildren();
  const outer = element("div", data.wall ? "wall" : "");
  const scroll = element("div", "scroll");
  scroll.tabIndex = data.wall ? -1 : 0;
  const table = element("table");
  table.setAttribute("role", "grid");
  const head = element("thead");
  const titles = element("tr");
  for (const [name, width] of data.columns) {
    const title = element("th", name, data.words[name]);
    title.style.width = width;
    titles.append(title);
  }
  head.append(titles);
  memory.body = element("tbody");
  table.append(head, memory.body);
  scroll.append(table);
  outer.append(scroll);
  stage.append(outer);
  memory.scroll = scroll;
  memory.rows = new Map();
}

function render(stage, memory, open) {
  const { data } = memory;
  const known = memory.rows;
  const rows = new Map();
  const first = known.size === 0;
  data.rows.forEach((row, place) => {
    let node = known.get(row.id);
    if (!node) {
      node = element("tr", first ? "" : "fresh");
      node.dataset.incident = row.id;
      for (const [name] of data.columns) node.append(element("td", name));
      if (!data.wall) node.addEventListener("click", () => open(row.id));
    }
    const shape = JSON.stringify(row);
    if (node.shape !== shape) {
      node.shape = shape;
      data.columns.forEach(([name], index) => fill(node.children[index], name, row, data));
    }
    rows.set(row.id, node);
    if (memory.body.children[place] !== node) memory.body.insertBefore(node, memory.body.children[place] || null);
  });
  for (const [id, node] of known) if (!rows.has(id)) node.remove();
  memory.rows = rows;
  select(memory, memory.selected, false);
  tick(memory);
}

function tick(memory) {
  const now = Date.now() + memory.offset;
  for (const cell of memory.body.querySelectorAll("[data-since]")) {
    const text = age(now - Number(cell.dataset.since), memory.data.units);
    if (cell.textContent !== text) cell.textContent = text;
  }
}
