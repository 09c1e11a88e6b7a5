// Triage by keyboard: one key an act. Acts wait here until the server says that they were done, so that none is lost
// when two follow each other faster than the page is drawn; their numbers keep any from being done twice.
const RESEND_MS = 4000;
const DRAFT_MS = 500;
const PAGE = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`;

function typing(event) {
  return event.composedPath().some((node) => /^(input|textarea|select)$/i.test(node.tagName || "") || node.isContentEditable);
}

function send(memory) {
  clearTimeout(memory.resend);
  if (!memory.pending.length) return;
  memory.trigger("act", { page: PAGE, acts: memory.pending });
  memory.resend = setTimeout(() => send(memory), RESEND_MS);
}

function act(memory, verb, ids, more) {
  memory.seq += 1;
  const rows = ids.map((id) => [id, memory.data.triage.rows[id] ? memory.data.triage.rows[id].version : 0]);
  memory.pending.push({ seq: memory.seq, do: verb, rows, ...more });
  send(memory);
}

function settle(memory) {
  const { page, seq } = memory.data.triage.done;
  if (page !== PAGE) return;
  memory.pending = memory.pending.filter((one) => one.seq > seq);
  if (!memory.pending.length) clearTimeout(memory.resend);
}

// What an act is about: what was marked, else where the cursor is. Only what is on the screen.
function chosen(memory) {
  const marked = [...memory.marked].filter((id) => memory.rows.has(id));
  if (marked.length) return marked;
  return memory.rows.has(memory.selected) ? [memory.selected] : [];
}

function onwards(memory, done) {
  const ids = shown(memory);
  const at = ids.indexOf(memory.selected);
  const next = ids.slice(at + 1).find((id) => !done.includes(id)) ?? ids.slice(0, at).reverse().find((id) => !done.includes(id));
  memory.marked.clear();
  if (next !== undefined) select(memory, next, true);
  paintMarks(memory);
}

function simply(memory, verb) {
  const ids = chosen(memory).filter((id) => {
    const row = memory.data.triage.rows[id];
    return row && row.may && !row.closed && (verb !== "acknowledge" || row.fresh) && (verb !== "mine" || !row.mine);
  });
  if (!ids.length) return tell(memory, memory.data.triage.words.nothing);
  act(memory, verb, ids, {});
  onwards(memory, ids);
}

function tell(memory, text) {
  memory.bar.textContent = text || "";
  memory.bar.hidden = !text;
}

function mark(memory) {
  const id = memory.selected;
  if (!memory.rows.has(id)) return;
  if (!memory.marked.delete(id)) memory.marked.add(id);
  paintMarks(memory);
}

function paintMarks(memory) {
  for (const [id, row] of memory.rows) row.classList.toggle("marked", memory.marked.has(id));
  const count = [...memory.marked].filter((id) => memory.rows.has(id)).length;
  tell(memory, count ? memory.data.triage.words.marked.replace("{count}", count) : memory.data.triage.said);
}

function leave(memory) {
  memory.form.hidden = true;
  memory.form.replaceChildren();
  memory.closing = null;
  memory.scroll.focus();
}

// Closing asks in place what it turned out to be (a digit) and why (a note, kept as a draft while it is typed).
function openClosing(memory) {
  const { words, dispositions, limit } = memory.data.triage;
  const ids = chosen(memory).filter((id) => {
    const row = memory.data.triage.rows[id];
    return row && row.mayClose && !row.closed;
  });
  if (!ids.length) return tell(memory, words.nothing);
  const closing = { ids, disposition: null };
  memory.closing = closing;
  const form = memory.form;
  form.replaceChildren();
  form.append(element("b", "", words.close.replace("{which}", ids.map((id) => `#${id}`).join(" "))));
  const choices = element("div", "choices");
  const drills = ids.every((id) => memory.data.triage.rows[id].drill);
  const buttons = dispositions.filter(([name]) => name !== "drill" || drills).map(([name, label], place) => {
    const button = element("button", "", `${place + 1} ${label}`);
    button.type = "button";
    button.dataset.disposition = name;
    button.addEventListener("click", () => choose(name));
    choices.append(button);
    return button;
  });
  const note = element("textarea");
  note.maxLength = limit;
  note.rows = 2;
  note.placeholder = words.note;
  note.setAttribute("aria-label", words.note);
  const foot = element("span", "foot", words.closeKeys);
  const finish = element("button", "finish", words.finish);
  finish.type = "button";
  form.append(choices, note, finish, foot);
  form.hidden = false;
  const choose = (name) => {
    closing.disposition = name;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.disposition === name));
    note.focus();
  };
  const submit = () => {
    if (!closing.disposition || !note.value.trim()) {
      foot.textContent = closing.disposition ? words.noteMissing : words.dispositionMissing;
      foot.classList.add("bad");
      return;
    }
    clearTimeout(memory.drafting);
    act(memory, "close", ids, { disposition: closing.disposition, text: note.value });
    leave(memory);
    onwards(memory, ids);
  };
  finish.addEventListener("click", submit);
  note.addEventListener("input", () => {
    closing.typed = true;
    clearTimeout(memory.drafting);
    memory.drafting = setTimeout(() => act(memory, "draft", ids.slice(0, 1), { text: note.value }), DRAFT_MS);
  });
  form.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === "Escape") leave(memory);
    else if (event.key === "Enter" && (event.target !== note || !event.shiftKey) && event.target.tagName !== "BUTTON") submit();
    else if (event.target !== note && /^[1-9]$/.test(event.key) && buttons[event.key - 1]) buttons[event.key - 1].click();
    else return;
    event.preventDefault();
  };
  memory.note = note;
  act(memory, "closing", ids.slice(0, 1), {});
  buttons[0].focus();
}

function fillDraft(memory) {
  const { closing, note, data } = memory;
  const draft = data.triage.closing;
  if (closing && draft && draft.id === closing.ids[0] && !closing.typed && !note.value) note.value = draft.text;
}

function shown(memory) {
  return memory.data.rows.map((row) => row.id).filter((id) => memory.rows.has(id) && !memory.rows.get(id).hidden);
}

function applyFilter(memory) {
  const words = (memory.filter ? memory.filter.value : "").toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const row of memory.data.rows) {
    const text = [`#${row.id}`, row.incident, row.platform, row.entity, row.assignee, row.severity, row.status].join(" ").toLowerCase();
    const fits = words.every((word) => text.includes(word));
    memory.rows.get(row.id).hidden = !fits;
    left += fits ? 1 : 0;
  }
  memory.filterCount.textContent = words.length ? `${left} / ${memory.data.rows.length}` : "";
  memory.filterBox.hidden = !words.length && !memory.filtering;
}

function buildTriage(stage, memory) {
  const words = memory.data.triage.words;
  const kept = memory.filter ? memory.filter.value : "";
  memory.filterBox = element("div", "filter");
  memory.filter = element("input");
  memory.filter.type = "search";
  memory.filter.value = kept;
  memory.filter.placeholder = words.filter;
  memory.filter.setAttribute("aria-label", words.filter);
  memory.filterCount = element("span", "count");
  memory.filterBox.append(memory.filter, memory.filterCount);
  memory.filter.addEventListener("input", () => applyFilter(memory));
  memory.filter.addEventListener("focus", () => { memory.filtering = true; });
  memory.filter.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key !== "Escape" && event.key !== "Enter") return;
    if (event.key === "Escape") memory.filter.value = "";
    memory.filtering = false;
    event.preventDefault();
    applyFilter(memory);
    memory.scroll.focus();
  });
  memory.bar = element("div", "said");
  memory.bar.setAttribute("role", "status");
  memory.form = element("div", "closing");
  memory.form.hidden = true;
  memory.help = element("div", "help");
  memory.help.hidden = true;
  const list = element("dl");
  for (const [key, text] of words.help) list.append(element("dt", "", key), element("dd", "", text));
  memory.help.append(element("b", "", words.helpTitle), list);
  memory.cut = element("div", "cut");
  stage.prepend(memory.filterBox);
  stage.append(memory.cut, memory.bar, memory.form, memory.help);
}

function renderTriage(memory) {
  const { triage } = memory.data;
  settle(memory);
  memory.cut.textContent = triage.cut;
  memory.cut.hidden = !triage.cut;
  applyFilter(memory);
  paintMarks(memory);
  fillDraft(memory);
}

export default function ({ data: written, parentElement, setTriggerValue }) {
  const data = JSON.parse(new TextDecoder().decode(written));
  const memory = parentElement.queue || (parentElement.queue = { rows: new Map(), selected: null, marked: new Set(), pending: [], seq: 0 });
  const stage = parentElement.querySelector(".stage");
  memory.data = data;
  memory.trigger = setTriggerValue;
  memory.offset = data.now - Date.now();
  const shape = JSON.stringify([data.columns, data.words, data.wall, data.triage && data.triage.words]);
  if (memory.shape !== shape) {
    memory.shape = shape;
    build(stage, memory);
    if (data.triage) buildTriage(stage, memory);
  }
  const open = (id) => {
    select(memory, id, false);
    setTriggerValue("open", id);
  };
  render(stage, memory, open);
  if (data.triage) renderTriage(memory);
  clearInterval(memory.timer);
  memory.timer = setInterval(() => tick(memory), 1000);
  const keys = (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || memory.closing) return;
    const code = event.code;
    if (!memory.help.hidden) {
      memory.help.hidden = true;
      if (event.key === "Escape" || event.key === "?") return event.preventDefault();
    }
    if (event.key === "?") memory.help.hidden = false;
    else if (event.key === "/") {
      memory.filterBox.hidden = false;
      memory.filter.focus();
    } else if (code === "KeyJ" || code === "ArrowDown") step(memory, 1);
    else if (code === "KeyK" || code === "ArrowUp") step(memory, -1);
    else if ((code === "Enter" || code === "KeyO") && memory.rows.has(memory.selected)) open(memory.selected);
    else if (code === "KeyA") simply(memory, "acknowledge");
    else if (code === "KeyM") simply(memory, "mine");
    else if (code === "KeyX") mark(memory);
    else if (code === "KeyC") openClosing(memory);
    else if (code === "KeyU") act(memory, "undo", [], {});
    else if (event.key === "Escape") {
      memory.marked.clear();
      paintMarks(memory);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  // On the window and before all others: the page has one-letter keys of its own.
  if (data.triage) window.addEventListener("keydown", keys, true);
  // Called again with every new data, after this clean-up.
  if (memory.release) memory.release();
  memory.release = () => window.removeEventListener("keydown", keys, true);
  return () => {
    clearInterval(memory.timer);
    clearTimeout(memory.resend);
    window.removeEventListener("keydown", keys, true);
  };
}
