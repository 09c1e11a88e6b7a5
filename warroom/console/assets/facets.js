// Values with their counts: a click narrows the search to a value, or leaves it out.
// Text goes in by textContent only: attackers write it.
function element(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
}

function button(text, title, then) {
  const node = element("button", "", text);
  node.type = "button";
  node.title = title;
  node.setAttribute("aria-label", title);
  node.addEventListener("click", then);
  return node;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const stage = parentElement.querySelector(".stage");
  const shape = JSON.stringify(data);
  if (stage.shape === shape) return;
  stage.shape = shape;
  const top = stage.scrollTop;
  stage.replaceChildren();
  stage.className = `stage ${data.look || ""}`;
  stage.style.maxHeight = data.height;
  stage.tabIndex = 0;
  stage.setAttribute("aria-label", data.label);
  data.groups.forEach((group, at) => {
    const part = element("section");
    if (group.title) part.append(element("h4", "", group.title));
    const most = Math.max(1, ...group.rows.map((row) => row.count || 0));
    group.rows.forEach((row, place) => {
      const line = element("div", "row");
      line.dataset.value = row.label;
      if (row.name) line.append(element("span", "name", row.name));
      const value = element(row.can ? "button" : "span", "value", row.label);
      value.title = row.can ? `${data.words.narrow}: ${row.label}` : `${row.label} ${row.why || ""}`;
      line.append(value);
      if (row.count !== undefined) {
        line.append(element("span", "count", row.shown));
        line.style.setProperty("--share", `${(100 * row.count) / most}%`);
      }
      if (row.can) {
        const pick = (without) => setTriggerValue("pick", { group: at, row: place, without, made: data.made });
        value.type = "button";
        value.addEventListener("click", () => pick(false));
        line.append(button("−", `${data.words.without}: ${row.label}`, () => pick(true)));
      }
      part.append(line);
    });
    if (group.more) part.append(element("p", "more", group.more));
    stage.append(part);
  });
  stage.scrollTop = top;
}
