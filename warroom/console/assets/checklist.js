// The tasks and questions of a playbook, phase by phase: J and K move, Enter opens one, a step leads to its phase.
// Needs choosing.js before it. Text goes in by textContent only: playbooks and notes are what others wrote.
function stepper(memory, go) {
  const steps = element("ol", "steps");
  for (const phase of memory.data.phases) {
    const step = element("li", `step ${phase.state}`);
    const button = element("button", "go");
    button.type = "button";
    button.title = `${phase.title} · ${phase.count}`;
    if (phase.state === "current") button.setAttribute("aria-current", "step");
    button.append(element("b", "", phase.number), element("span", "", phase.title), element("i", "", phase.count));
    const bar = element("u");
    bar.style.width = `${phase.percent}%`;
    button.append(bar);
    button.addEventListener("click", () => go(phase.id));
    step.append(button);
    steps.append(step);
  }
  return steps;
}

function line(item, open) {
  const node = element("div", `item ${item.kind} ${item.state} ${item.next ? "next" : ""}`);
  node.setAttribute("role", "option");
  node.dataset.id = item.id;
  node.append(element("span", "mark", item.mark));
  const said = element("div", "said");
  said.append(element("span", "does", item.text));
  if (item.answer) said.append(element("em", "answer", item.answer));
  if (item.because) said.append(element("em", "because", item.because));
  said.title = [item.text, item.answer, item.because].filter(Boolean).join(" · ");
  const tags = element("span", "tags");
  for (const tag of item.tags) tags.append(element("i", tag.look, tag.text));
  node.append(said, tags, element("span", "by", item.by), element("span", `due ${item.light}`, item.due));
  node.addEventListener("click", () => open(item.id));
  return node;
}

function build(stage, memory, open) {
  const { data } = memory;
  const fold = (id) => {
    memory.folds.set(id, !isFolded(memory, id));
    memory.shape = null;
    memory.draw();
  };
  const go = (id) => {
    memory.folds.set(id, false);
    memory.shape = null;
    memory.draw();
    const head = [...stage.querySelectorAll(".phase")].find((one) => one.dataset.phase === id);
    const scroll = stage.querySelector(".scroll");
    if (head) scroll.scrollTop = head.offsetTop - scroll.offsetTop;
  };
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "listbox");
  scroll.setAttribute("aria-label", data.label);
  scroll.style.maxHeight = data.height;
  for (const phase of data.phases) {
    const part = element("section", `phase ${phase.state}`);
    part.dataset.phase = phase.id;
    const folded = isFolded(memory, phase.id);
    const head = element("button", "head");
    head.type = "button";
    head.setAttribute("aria-expanded", String(!folded));
    head.append(element("b", "", phase.number), element("span", "name", phase.title), element("em", "", phase.hint), element("i", "", phase.count));
    head.addEventListener("click", () => fold(phase.id));
    part.append(head);
    if (!folded) {
      for (const item of phase.items) {
        const node = line(item, open);
        memory.rows.set(item.id, node);
        part.append(node);
      }
    }
    scroll.append(part);
  }
  choosable(scroll, memory, open);
  stage.append(stepper(memory, go), scroll);
}

// What is settled is folded until somebody opens it.
function isFolded(memory, id) {
  if (memory.folds.has(id)) return memory.folds.get(id);
  return memory.data.phases.some((phase) => phase.id === id && phase.state === "over");
}

export default function ({ data, parentElement, setTriggerValue }) {
  const memory = parentElement.checklist || (parentElement.checklist = { rows: new Map(), at: null, folds: new Map() });
  const stage = parentElement.querySelector(".stage");
  memory.data = data;
  const open = (id) => {
    mark(memory, id, false);
    setTriggerValue("open", id);
  };
  memory.draw = () => {
    redraw(stage, memory, JSON.stringify(memory.data), () => build(stage, memory, open));
    mark(memory, memory.data.chosen, false);
  };
  memory.draw();
}
