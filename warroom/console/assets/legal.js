// Legal clocks: what must be sent by when. The countdowns tick here, by the server's clock: no rerun for a second's sake.
// Needs choosing.js before it. Text goes in by textContent only: titles and agencies hold what others wrote.
const RED = 5, AMBER = 2; // as warroom/respond/clocks.py has them

function two(number) {
  return String(number).padStart(2, "0");
}

function clockText(ms, day) {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const days = Math.floor(seconds / 86400);
  const rest = `${two(Math.floor((seconds % 86400) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return `${ms < 0 ? "+" : ""}${days ? `${days} ${day} ` : ""}${rest}`;
}

// The other countdown stands in hours, as the law counts them.
function hoursText(ms) {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  return `${ms < 0 ? "+" : ""}${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
}

function light(run, now) {
  const left = run.due - now;
  const whole = Math.abs(run.due - run.start);
  if (left < 0) return "passed";
  if (left * RED <= whole) return "red";
  return left * AMBER <= whole ? "amber" : "green";
}

function pair(cls, above, below) {
  const cell = element("td", cls);
  const first = element("b", "", above);
  const second = element("span", "", below);
  first.title = above;
  second.title = below;
  cell.append(first, second);
  return cell;
}

function timeCell(row, memory) {
  const { words } = memory.data;
  const cell = element("td", "left");
  const time = element("b", "time");
  const second = element("span", "second");
  cell.append(time, second);
  if (row.run) {
    const track = element("i", "track");
    const bar = element("i", "bar");
    track.append(bar);
    cell.append(track);
    memory.ticking.push({ run: row.run, other: row.other, said: row.said, cell, bar, time, second });
  } else {
    cell.dataset.light = row.state;
    time.textContent = row.state === "sent" ? words.sent : words.waiting;
    second.textContent = row.said;
    second.title = row.said;
  }
  return cell;
}

function line(row, memory, open) {
  const { columns, words } = memory.data;
  const node = element("tr", row.kind);
  node.dataset.id = row.key;
  const cells = { left: timeCell(row, memory), what: pair("what", row.what, row.basis), due: pair("due", row.due, row.to) };
  const kind = element("em", `kind ${row.kind}`, words[row.kind]);
  kind.title = row.wording;
  cells.due.lastChild.prepend(kind, " ");
  cells.incident = pair("incident", row.title, row.platform);
  const number = element("i", "number", `#${row.incident}`);
  cells.incident.firstChild.prepend(number);
  if (row.severity) {
    const chip = element("i", "chip", row.severity);
    [chip.style.color, chip.style.background] = row.chip;
    cells.incident.lastChild.prepend(chip);
  }
  if (row.drill) cells.incident.firstChild.prepend(element("i", "mark", words.drill));
  cells.controller = pair("controller", row.controller, row.person);
  node.append(...columns.map((name) => cells[name]));
  node.addEventListener("click", () => open(row.key));
  memory.rows.set(row.key, node);
  return node;
}

function tick(memory) {
  const now = Date.now() + memory.skew;
  const { words } = memory.data;
  for (const { run, other, said, cell, bar, time, second } of memory.ticking) {
    const left = run.due - now;
    const state = light(run, now);
    if (cell.dataset.light !== state) {
      cell.dataset.light = state;
      cell.title = words[`light_${state}`];
    }
    const text = clockText(left, words.day);
    if (time.textContent !== text) time.textContent = text;
    const apart = other ? `${other.label} ${hoursText(other.due - now)}` : said;
    const more = left < 0 ? `${words.late} · ${apart}` : apart;
    if (second.textContent !== more) second.textContent = more;
    second.title = more;
    const used = 1 - Math.max(0, Math.min(1, left / Math.max(1, Math.abs(run.due - run.start))));
    bar.style.width = `${used * 100}%`;
  }
}

function build(stage, memory, open) {
  const { data } = memory;
  memory.ticking = [];
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("aria-label", data.words.label);
  const table = element("table", data.wall ? "wall" : "");
  table.setAttribute("role", "grid");
  const head = element("tr");
  for (const name of data.columns) head.append(element("th", name, data.words[`col_${name}`]));
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  body.append(...data.rows.map((row) => line(row, memory, open)));
  if (!data.wall) choosable(scroll, memory, open);
  table.append(top, body);
  scroll.append(table);
  stage.append(scroll);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const memory = parentElement.legal || (parentElement.legal = { rows: new Map(), ticking: [], at: null });
  const stage = parentElement.querySelector(".stage");
  memory.skew = data.now - Date.now();
  memory.data = data;
  if (data.chosen) memory.at = data.chosen;
  const open = (key) => {
    if (data.wall) return;
    mark(memory, key, false);
    setTriggerValue("open", key);
  };
  redraw(stage, memory, JSON.stringify({ ...data, now: 0, chosen: "" }), () => build(stage, memory, open));
  mark(memory, memory.at, false);
  tick(memory);
  clearInterval(memory.timer);
  memory.timer = setInterval(() => tick(memory), 250);
  return () => clearInterval(memory.timer);
}
