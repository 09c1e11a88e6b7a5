// A map of our own shapes: countries are lit by how much came from them, and lead to a search.
const SVG = "http://www.w3.org/2000/svg";

export default function ({ data, parentElement, setTriggerValue }) {
  const stage = parentElement.querySelector(".stage");
  const shape = JSON.stringify(data);
  if (stage.shape === shape) return;
  stage.shape = shape;
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 1000 430");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", data.label);
  for (const [code, outline, name, level] of data.countries) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", outline);
    path.setAttribute("class", `c${level}`);
    path.dataset.country = code;
    const title = document.createElementNS(SVG, "title");
    title.textContent = name;
    path.append(title);
    if (level) path.addEventListener("click", () => setTriggerValue("open", code));
    drawing.append(path);
  }
  stage.replaceChildren(drawing);
}
