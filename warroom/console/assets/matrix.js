// The onboarding matrix: platforms by kind of log, a button for each pair that there is. Arrow keys move, Enter opens.
// Text goes in by textContent and titles only.
function element(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
}

function focusable(memory, button) {
  if (memory.at) memory.at.tabIndex = -1;
  memory.at = button;
  button.tabIndex = 0;
}

function moved(memory, down, right) {
  const at = memory.at;
  if (!at) return null;
  let row = Number(at.dataset.row);
  let column = Number(at.dataset.column);
  do {
    row += down;
    column += right;
    const found = memory.cells.get(`${row}/${column}`);
    if (found) return found;
  } while (row >= 0 && column >= 0 && row < memory.data.rows.length && column < memory.data.kinds.length);
  return null;
}

const STEPS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

function build(stage, memory, open) {
  const { data } = memory;
  const scroll = element("div", "scroll");
  scroll.style.maxHeight = data.height;
  const table = element("table");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", data.label);
  const titles = element("tr");
  titles.append(element("th", "corner", data.corner));
  for (const kind of data.kinds) {
    const title = element("th", kind.id === data.kind ? "here" : "");
    title.title = kind.title;
    title.scope = "col";
    title.append(element("span", "", kind.short));
    titles.append(title);
  }
  const head = element("thead");
  head.append(titles);
  const body = element("tbody");
  data.rows.forEach((row, down) => {
    const line = element("tr", row.id === data.platform ? "here" : "");
    const name = element("th", "");
    name.scope = "row";
    name.title = row.name;
    name.append(element("span", "name", row.name), element("span", "done", row.done));
    line.append(name);
    row.cells.forEach((state, right) => {
      const cell = element("td", data.kinds[right].id === data.kind ? "here" : "");
      if (state) {
        const button = element("button", state, data.signs[state]);
        const kind = data.kinds[right];
        button.type = "button";
        button.tabIndex = -1;
        button.title = `${row.name}\n${kind.title}\n${data.states[state]}`;
        button.setAttribute("aria-label", `${row.name}, ${kind.short}: ${data.states[state]}`);
        button.dataset.row = down;
        button.dataset.column = right;
        button.dataset.id = `${row.id}/${kind.id}`;
        if (row.id === data.platform && kind.id === data.kind) {
          button.setAttribute("aria-current", "true");
          focusable(memory, button);
        }
        button.addEventListener("click", () => {
          focusable(memory, button);
          open(button.dataset.id);
        });
        memory.cells.set(`${down}/${right}`, button);
        cell.append(button);
      }
      line.append(cell);
    });
    body.append(line);
  });
  if (!memory.at && memory.cells.size) focusable(memory, memory.cells.values().next().value);
  table.addEventListener("keydown", (event) => {
    const step = STEPS[event.code];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(memory, ...step);
    if (next) {
      focusable(memory, next);
      next.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  });
  table.append(head, body);
  scroll.append(table);
  stage.append(scroll);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const memory = parentElement.matrix || (parentElement.matrix = { cells: new Map(), at: null, shape: "" });
  const stage = parentElement.querySelector(".stage");
  const shape = JSON.stringify(data);
  if (memory.shape === shape) return;
  memory.shape = shape;
  memory.data = data;
  const old = stage.querySelector(".scroll");
  const place = old ? [old.scrollTop, old.scrollLeft] : [0, 0];
  const focused = old && old.querySelector("button:focus");
  const id = focused ? focused.dataset.id : "";
  stage.replaceChildren();
  memory.cells = new Map();
  memory.at = null;
  build(stage, memory, (chosen) => setTriggerValue("open", chosen));
  const fresh = stage.querySelector(".scroll");
  [fresh.scrollTop, fresh.scrollLeft] = place;
  const again = id && [...memory.cells.values()].find((button) => button.dataset.id === id);
  if (again) {
    focusable(memory, again);
    again.focus({ preventScroll: true });
  }
}
