// Open incidents by what runs out next. The countdowns tick here, by the server's clock: no rerun for a second's sake.
// Needs choosing.js before it. Text goes in by textContent only: titles hold what attackers wrote.
const RED = 5, AMBER = 2; // as warroom/incidents/targets.py has them

function two(number) {
  return String(number).padStart(2, "0");
}

function clockText(ms, day) {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const days = Math.floor(seconds / 86400);
  const rest = `${two(Math.floor((seconds % 86400) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return `${ms < 0 ? "+" : ""}${days ? `${days} ${day} ` : ""}${rest}`;
}

function light(clock, now) {
  const left = clock.due - now;
  const whole = clock.due - clock.opened;
  if (left < 0) return "passed";
  if (left * RED < whole) return "red";
  return left * AMBER < whole ? "amber" : "green";
}

function line(row, memory, open) {
  const { words, lights } = memory.data;
  const node = element("tr");
  node.dataset.id = row.id;
  const severity = element("span", "chip", row.severity);
  [severity.style.color, severity.style.background] = row.chip;
  const cells = {
    number: element("td", "number", `#${row.id}`),
    severity: element("td", "severity"),
    incident: element("td", "incident"),
    platform: element("td", "platform", row.platform),
    assignee: element("td", row.assignee ? "assignee" : "assignee none", row.assignee || "—"),
    status: element("td", "status", row.status),
    next: element("td", "next", row.next ? words[row.next.clock] : words.none),
    left: element("td", "left"),
    lamps: element("td", "lamps"),
  };
  cells.severity.append(severity);
  if (row.drill) cells.incident.append(element("span", "mark", words.drill));
  cells.incident.append(row.title);
  cells.incident.title = row.title;
  cells.platform.title = row.platform;
  const bar = element("i", "bar");
  const time = element("b");
  cells.left.append(bar, time);
  for (const clock of row.clocks) {
    const lamp = element("span", `lamp ${clock.light}`, words[`${clock.clock}_short`]);
    lamp.title = `${words[clock.clock]}: ${lights[clock.light]}`;
    cells.lamps.append(lamp);
  }
  node.append(...Object.values(cells));
  node.addEventListener("click", () => open(row.id));
  memory.rows.set(row.id, node);
  if (row.next) memory.ticking.push({ next: row.next, cell: cells.left, bar, time });
  return node;
}

function tick(memory) {
  const now = Date.now() + memory.skew;
  const { words, lights } = memory.data;
  for (const { next, cell, bar, time } of memory.ticking) {
    const left = next.due - now;
    const state = light(next, now);
    if (cell.dataset.light !== state) {
      cell.dataset.light = state;
      cell.title = lights[state];
    }
    const text = left < 0 ? `${clockText(left, words.day)} ${words.late}` : clockText(left, words.day);
    if (time.textContent !== text) time.textContent = text;
    const share = Math.max(0, Math.min(1, left / Math.max(1, next.due - next.opened)));
    bar.style.width = `${state === "passed" ? 100 : share * 100}%`;
  }
}

function build(stage, memory, open) {
  const { data } = memory;
  memory.ticking = [];
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("aria-label", data.words.label);
  const table = element("table");
  table.setAttribute("role", "grid");
  const head = element("tr");
  for (const name of data.columns) head.append(element("th", name, data.words[`col_${name}`]));
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  body.append(...data.rows.map((row) => line(row, memory, open)));
  choosable(scroll, memory, open);
  table.append(top, body);
  scroll.append(table);
  stage.append(scroll);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const memory = parentElement.deadlines || (parentElement.deadlines = { rows: new Map(), ticking: [], at: null });
  const stage = parentElement.querySelector(".stage");
  memory.skew = data.now - Date.now();
  memory.data = data;
  const open = (id) => {
    mark(memory, id, false);
    setTriggerValue("open", id);
  };
  const shape = JSON.stringify({ ...data, now: 0 });
  redraw(stage, memory, shape, () => {
    build(stage, memory, open);
    mark(memory, memory.at, false);
  });
  tick(memory);
  clearInterval(memory.timer);
  memory.timer = setInterval(() => tick(memory), 250);
  return () => clearInterval(memory.timer);
}
