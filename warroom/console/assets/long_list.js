// A long table from which one thing is chosen by its id: only the rows in sight are drawn, however many there are.
// J, K and the arrows move a cursor, Enter opens. Text goes in by textContent only: rules are written by others, too.
const ROW = 30; // pixels, as long_list.css has it
const SPARE = 8; // rows drawn above and below those in sight

function element(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Bars side by side as one outline, in percent of the box.
function outline(values) {
  const most = Math.max(1, ...values);
  const width = 100 / values.length;
  const points = ["0 100%"];
  values.forEach((value, place) => {
    const high = value ? Math.min(92, 100 - (100 * value) / most) : 100;
    points.push(`${place * width}% ${high}%`, `${(place + 1) * width}% ${high}%`);
  });
  return `polygon(${points.join(",")},100% 100%)`;
}

function filled(cell, column, value) {
  if (column.look === "chip") {
    const chip = element("span", "severity", value[0]);
    [, chip.style.color, chip.style.background] = value;
    cell.append(chip);
  } else if (column.look === "state") {
    if (value[0]) cell.append(element("span", `mark ${value[1]}`, value[0]));
  } else if (column.look === "spark") {
    if (value.some((one) => one)) {
      const box = element("span", "bars");
      const bars = element("i");
      bars.style.clipPath = outline(value);
      box.append(bars);
      cell.append(box);
    }
  } else {
    const [told, look] = Array.isArray(value) ? value : [value, ""];
    cell.textContent = told;
    if (look) cell.classList.add(look);
    if (told === "—") cell.classList.add("none");
    cell.title = told === "—" ? column.told || told : told;
  }
  return cell;
}

function line(memory, place, open) {
  const row = memory.data.rows[place];
  const node = element("tr", row.look || "");
  node.dataset.id = row.id;
  node.setAttribute("aria-rowindex", String(place + 2));
  node.setAttribute("aria-selected", String(row.id === memory.at));
  memory.data.columns.forEach((column, index) => {
    node.append(filled(element("td", `${column.look || ""} ${column.yields || ""}`.trim()), column, row.cells[index]));
  });
  node.addEventListener("click", () => open(row.id));
  return node;
}

function spacer(rows) {
  const node = element("tr", "gap");
  node.setAttribute("aria-hidden", "true");
  node.style.height = `${rows * ROW}px`;
  return node;
}

function draw(memory, open) {
  const { scroll, body, data } = memory;
  const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - SPARE);
  const seen = Math.ceil((scroll.clientHeight || window.innerHeight) / ROW);
  const last = Math.min(data.rows.length, first + seen + 2 * SPARE);
  const drawn = `${first}/${last}/${memory.at}`;
  if (memory.drawn === drawn) return;
  memory.drawn = drawn;
  const lines = [];
  for (let place = first; place < last; place += 1) lines.push(line(memory, place, open));
  body.replaceChildren(spacer(first), ...lines, spacer(data.rows.length - last));
}

function step(memory, by, open) {
  const { rows } = memory.data;
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.id === memory.at);
  const next = Math.min(rows.length - 1, Math.max(0, at + by));
  memory.at = rows[next].id;
  const head = memory.head.offsetHeight;
  const [top, bottom] = [next * ROW, (next + 1) * ROW];
  const room = memory.scroll.clientHeight - head;
  if (top < memory.scroll.scrollTop) memory.scroll.scrollTop = top;
  else if (bottom > memory.scroll.scrollTop + room) memory.scroll.scrollTop = bottom - room;
  draw(memory, open);
}

const STEPS = { KeyJ: 1, ArrowDown: 1, KeyK: -1, ArrowUp: -1, PageDown: 12, PageUp: -12 };

function build(stage, memory, open) {
  const { data } = memory;
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.style.height = data.height;
  const table = element("table");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", data.label);
  table.setAttribute("aria-rowcount", String(data.rows.length + 1));
  const titles = element("tr");
  for (const column of data.columns) {
    const title = element("th", `${column.look || ""} ${column.yields || ""}`.trim(), column.title);
    if (column.width) title.style.width = column.width;
    title.title = column.told || column.title;
    titles.append(title);
  }
  memory.head = element("thead");
  memory.head.append(titles);
  memory.body = element("tbody");
  memory.scroll = scroll;
  memory.drawn = "";
  table.append(memory.head, memory.body);
  scroll.append(table);
  scroll.addEventListener("scroll", () => draw(memory, open), { passive: true });
  scroll.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.code in STEPS) step(memory, STEPS[event.code], open);
    else if (event.code === "Enter" && memory.at) open(memory.at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  stage.replaceChildren(scroll);
}

export default function ({ data: written, parentElement, setTriggerValue }) {
  const text = new TextDecoder().decode(written);
  const memory = parentElement.longList || (parentElement.longList = { shape: "", at: "" });
  const stage = parentElement.querySelector(".stage");
  if (memory.shape === text) return;
  const old = memory.scroll;
  const focused = old && old.matches(":focus");
  const top = old ? old.scrollTop : 0;
  memory.shape = text;
  memory.data = JSON.parse(text);
  if (memory.data.chosen) memory.at = memory.data.chosen;
  const open = (id) => {
    memory.at = id;
    draw(memory, open);
    setTriggerValue("open", id);
  };
  build(stage, memory, open);
  memory.scroll.scrollTop = top;
  if (focused) memory.scroll.focus({ preventScroll: true });
  draw(memory, open);
  requestAnimationFrame(() => {
    memory.scroll.scrollTop = top;
    memory.drawn = "";
    draw(memory, open); // its height is known only now
  });
}
