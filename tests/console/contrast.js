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
  // Each answer is that of the parent and one step more: pages have thousands of pieces, and styles are slow to ask for.
  const remembered = (step) => {
    const known = new Map();
    const give = (node) => {
      if (!node) return step(null);
      if (!known.has(node)) known.set(node, step(node, give));
      return known.get(node);
    };
    return give;
  };
  const behind = remembered((node, give) => {
    if (!node) return [7, 11, 18, 1];
    const style = getComputedStyle(node);
    const gradient = style.backgroundImage.match(/rgba?\([^)]+\)/);
    const paint = parts(style.backgroundColor);
    const drawn = gradient && !/radial/.test(style.backgroundImage) && style.backgroundSize !== "0% 100%" ? [parts(gradient[0]), paint] : [paint];
    const layers = drawn.filter((layer) => layer[3]);
    const opaque = layers.findIndex((layer) => layer[3] === 1);
    const below = opaque < 0 ? give(parent(node)) : layers[opaque];
    return layers.slice(0, opaque < 0 ? layers.length : opaque).reduceRight((under, layer) => over(layer, under), below);
  });
  const flipped = remembered((node, give) => node !== null && /invert\(1\)/.test(getComputedStyle(node).filter) !== give(parent(node)));
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
      if (!text) continue;
      const box = node.getBoundingClientRect();
      const style = getComputedStyle(node);
      if (!box.width || !box.height || style.visibility === "hidden" || /^(style|script|title|noscript)$/i.test(node.tagName)) continue;
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
