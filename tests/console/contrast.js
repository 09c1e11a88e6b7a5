// Every text on the page with its computed colour, on what is behind it, through the filters above it: WCAG 2.2 contrast.
() => {
  const parts = (text) => {
    const found = text.match(/rgba?\(([^)]+)\)/);
    if (!found) return [0, 0, 0, 0];
    const [r, g, b, a] = found[1].split(/[ ,/]+/).filter(Boolean).map(Number);
    return [r, g, b, a === undefined ? 1 : a];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const parent = (node) => node.assignedSlot || node.parentElement || (node.getRootNode() instanceof ShadowRoot ? node.getRootNode().host : null);
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = parent(at)) {
      const style = getComputedStyle(at);
      const gradient = style.backgroundImage.match(/rgba?\([^)]+\)/);
      const own = gradient && !/radial/.test(style.backgroundImage) && style.backgroundSize !== "0% 100%" ? parts(gradient[0]) : parts(style.backgroundColor);
      const paint = parts(style.backgroundColor);
      if (own[3]) layers.push(own);
      if (own !== paint && paint[3]) layers.push(paint);
      if (layers.some((layer) => layer[3] === 1)) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [7, 11, 18, 1]);
  };
  const flipped = (node) => {
    let count = 0;
    for (let at = node; at; at = parent(at)) if (/invert\(1\)/.test(getComputedStyle(at).filter)) count += 1;
    return count % 2 === 1;
  };
  const turn = ([r, g, b]) => {
    const [x, y, z] = [255 - r, 255 - g, 255 - b];
    const rows = [[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]];
    return rows.map(([p, q, s]) => Math.min(255, Math.max(0, p * x + q * y + s * z)));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((one) => { const part = one / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) walk(node.shadowRoot);
      const text = [...node.childNodes].filter((one) => one.nodeType === 3).map((one) => one.textContent.trim()).join(" ").trim();
      const box = node.getBoundingClientRect();
      const style = getComputedStyle(node);
      if (!text || !box.width || !box.height || style.visibility === "hidden" || /^(style|script|title|noscript)$/i.test(node.tagName)) continue;
      if (node.closest("svg, canvas, [disabled], [aria-disabled=true], [data-testid=stSkeleton]")) continue;
      const below = behind(node);
      let colours = [over(parts(style.color), below).slice(0, 3), below.slice(0, 3)];
      if (flipped(node)) colours = colours.map(turn);
      const [bright, dark] = colours.map(light).sort((one, other) => other - one);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const contrast = (bright + 0.05) / (dark + 0.05);
      if (contrast < (large ? 3 : 4.5)) found.push([Math.round(contrast * 100) / 100, node.className, text.slice(0, 40), style.color, below.slice(0, 3).map(Math.round).join(" ")]);
    }
  };
  walk(document);
  return found;
}
