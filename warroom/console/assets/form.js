// A form that several people may fill in at once: every field is sent to be stored as it is typed, what others write
// comes in where nothing is being typed, and where two wrote at once both texts are shown.
const PAUSE_MS = 400;
const AGAIN_MS = 3000;

// What is in the fields, beyond the life of an element: Streamlit may put a new one in its place at any time.
const forms = (window.warroomForms ||= new Map());

function element(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
}

function remembered(data) {
  const place = `${data.place} ${data.round}`;
  if (!forms.has(place)) forms.set(place, { page: crypto.randomUUID(), count: 0, fields: new Map() });
  return forms.get(place);
}

// Whether what stands in a field has reached the store: then somebody else's newer text may take its place.
function isKept(field, acked) {
  return field.value === field.stored || (field.value === field.sent && field.count <= acked);
}

function merge(field, told, acked, me) {
  const kept = isKept(field, acked);
  if (told.version === field.base && field.stored === told.text) return;
  if (told.text === field.value || told.text === field.sent) {
    field.base = told.version;
    field.stored = told.text;
    return;
  }
  if (!kept && told.version >= field.base) return; // sent with its old base: the store sees that two wrote at once
  field.changedBy = kept && told.author && told.author !== me && told.text ? told.author : "";
  if (kept) field.value = told.text;
  field.base = told.version;
  field.stored = told.text;
  field.sent = told.text;
}

function control(told) {
  if (told.kind === "text") return element("textarea");
  if (told.kind === "choice") return element("select");
  if (told.kind === "many") return element("div", "many");
  const input = element("input");
  input.type = told.kind === "moment" ? "datetime-local" : "text";
  return input;
}

function fill(node, told, value) {
  if (told.kind === "many") {
    const chosen = new Set(value.split(","));
    for (const box of node.querySelectorAll("input")) box.checked = chosen.has(box.value);
  } else if (node.value !== value) {
    const at = node.selectionStart;
    node.value = value;
    if (at !== undefined && at !== null && node.matches(":focus")) node.setSelectionRange(at, at);
  }
}

function read(node, told) {
  if (told.kind !== "many") return node.value;
  return [...node.querySelectorAll("input:checked")].map((box) => box.value).join(",");
}

function options(node, told, words) {
  if (told.kind === "choice") {
    for (const [value, label] of [["", words.choose], ...told.options]) {
      const option = element("option", "", label);
      option.value = value;
      node.append(option);
    }
  }
  if (told.kind === "many") {
    for (const [value, label] of told.options) {
      const box = element("label");
      const input = element("input");
      input.type = "checkbox";
      input.value = value;
      box.append(input, element("span", "", label));
      node.append(box);
    }
  }
}

function readable(value, language) {
  const at = value ? new Date(`${value.slice(0, 16)}:00+07:00`) : null;
  if (!at || Number.isNaN(at.getTime())) return "";
  const locale = language === "th" ? "th-TH-u-ca-buddhist-nu-latn" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: "Asia/Bangkok", dateStyle: "medium", timeStyle: "short" }).format(at);
}

function build(stage, memory, actions) {
  stage.replaceChildren();
  memory.nodes = new Map();
  for (const told of memory.data.fields) {
    const row = element("div", `field ${told.kind} ${told.wide ? "wide" : ""} ${told.half ? "half" : ""}`);
    row.dataset.field = told.name;
    const label = element("label", "label", told.label + (told.needed ? " *" : ""));
    const node = control(told);
    options(node, told, memory.data.words);
    node.setAttribute("aria-label", told.label);
    if (told.hint) node.placeholder = told.hint;
    if (told.limit && told.kind !== "many") node.maxLength = told.limit;
    const head = element("div", "head");
    head.append(label);
    if (told.source) head.append(element("span", "source", told.source));
    if (told.kind === "moment" && told.past) {
      const now = element("button", "now", memory.data.words.now);
      now.type = "button";
      now.onclick = () => actions.now(told, node);
      head.append(now);
    }
    const state = element("div", "state");
    state.setAttribute("role", "status");
    const other = element("div", "other");
    node.addEventListener("input", () => actions.typed(told, node));
    node.addEventListener("change", () => actions.left(told, node));
    node.addEventListener("blur", () => actions.left(told, node));
    // The page's one-key shortcuts must not hear what is typed here.
    node.addEventListener("keydown", (event) => event.stopPropagation());
    row.append(head, node, state, other);
    memory.nodes.set(told.name, { node, state, other });
    stage.append(row);
  }
}

function showOther(nodes, told, words, actions) {
  nodes.other.replaceChildren();
  nodes.other.hidden = !told.other_text || told.other_text === told.text;
  if (nodes.other.hidden) return;
  nodes.other.append(element("b", "", words.both.replace("{name}", told.other_author)), element("p", "", told.other_shown));
  for (const [what, label] of [["use", words.use], ["keep", words.keep]]) {
    const button = element("button", what, label);
    button.type = "button";
    button.onclick = () => actions.settle(told, what);
    nodes.other.append(button);
  }
}

function show(memory) {
  const { data } = memory;
  for (const told of data.fields) {
    const field = memory.fields.get(told.name);
    const { node, state } = memory.nodes.get(told.name);
    fill(node, told, field.value);
    let text = "";
    if (field.changedBy) text = data.words.changed.replace("{name}", field.changedBy);
    else if (field.value && told.version && field.value === told.text) text = data.words.saved;
    if (told.kind === "moment" && field.value) text = `${readable(field.value, data.language)} ${text ? `· ${text}` : ""}`;
    state.textContent = text;
    state.classList.toggle("changed", Boolean(field.changedBy));
  }
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const stage = parentElement.querySelector(".stage");
  const memory = remembered(data);
  const acked = data.page === memory.page ? data.acked : 0;
  memory.data = data;

  const send = () => {
    clearTimeout(memory.timer);
    const fields = {};
    for (const told of memory.data.fields) {
      const field = memory.fields.get(told.name);
      if (field.value === field.stored) continue;
      fields[told.name] = { text: field.value, base: field.base };
    }
    if (!Object.keys(fields).length) return;
    memory.count += 1;
    memory.sentAt = Date.now();
    for (const name of Object.keys(fields)) {
      const field = memory.fields.get(name);
      field.sent = field.value;
      field.count = memory.count;
    }
    setStateValue("typed", { page: memory.page, count: memory.count, fields });
  };
  const take = (told, value) => {
    const field = memory.fields.get(told.name);
    field.value = value;
    field.changedBy = "";
  };
  const actions = {
    typed(told, node) {
      take(told, read(node, told));
      memory.nodes.get(told.name).state.textContent = "";
      clearTimeout(memory.timer);
      memory.timer = setTimeout(send, PAUSE_MS);
    },
    left(told, node) {
      take(told, read(node, told));
      if (memory.fields.get(told.name).value !== memory.fields.get(told.name).sent) send();
    },
    now(told, node) {
      const here = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 16);
      take(told, here);
      fill(node, told, here);
      send();
    },
    settle(told, what) {
      if (what === "use") {
        take(told, told.other_text);
        fill(memory.nodes.get(told.name).node, told, told.other_text);
        send();
      }
      setTriggerValue("settle", told.name);
    },
  };

  for (const told of data.fields) {
    if (!memory.fields.has(told.name)) {
      // A new page: the store's text counts. Otherwise what was typed here does.
      memory.fields.set(told.name, { value: told.text, stored: told.text, sent: told.text, base: told.version, count: 0 });
    } else merge(memory.fields.get(told.name), told, acked, data.me);
  }
  const shape = JSON.stringify([data.language, data.fields.map(({ name, kind, label, hint, options: all, needed, source }) => [name, kind, label, hint, all, needed, source])]);
  if (stage.warroomShape !== shape || stage.warroomPlace !== memory) {
    stage.warroomShape = shape;
    stage.warroomPlace = memory;
    build(stage, memory, actions);
  }
  show(memory);
  for (const told of data.fields) showOther(memory.nodes.get(told.name), told, data.words, actions);
  // A message that got lost, with a connection or a server that is gone, is sent again.
  const waits = [...memory.fields.values()].some((field) => field.count > acked && field.value !== field.stored);
  if (waits && Date.now() - (memory.sentAt || 0) > AGAIN_MS) send();
}
