// What tables share from which one row is chosen, by its id and never by its place: J and K move a cursor, Enter opens.
// Set before the piece that uses it. Text goes in by textContent only.
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

function choosable(scroll, memory, open) {
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
}

// Draws anew where what is shown has changed, and keeps what a person holds: how far it is scrolled, and the focus.
function redraw(stage, memory, shape, build) {
  if (memory.shape === shape) return;
  memory.shape = shape;
  const old = stage.querySelector(".scroll");
  const focused = old && old.matches(":focus");
  const top = old ? old.scrollTop : 0;
  stage.replaceChildren();
  memory.rows = new Map();
  build();
  const fresh = stage.querySelector(".scroll");
  fresh.scrollTop = top;
  if (focused) fresh.focus({ preventScroll: true });
}

