// What a page says to people, and whether its Thai can be read: texts of the other language, marks that are cut off.
(foreign) => {
  const other = new Set(foreign);
  const found = { foreign: [], clipped: [], tight: [] };
  const thai = /[\u0e01-\u0e5b]/;
  const marks = /[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]/;
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) walk(node.shadowRoot);
      if (node.localName === "style" || node.localName === "script" || node.closest("[lang]:not(html)")) continue;
      if (node.closest("code.language-yaml")) continue; // a rule's keys are words of no language
      const own = [...node.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data.trim()).join(" ").trim();
      for (const text of [own, node.matches(":placeholder-shown") ? node.placeholder : ""]) if (other.has(text)) found.foreign.push(text);
      if (!marks.test(own) || !thai.test(own)) continue;
      const box = node.getBoundingClientRect();
      if (box.width < 3 || box.height < 3) continue; // a pixel: for screen readers
      const look = getComputedStyle(node);
      const hides = look.overflowY === "hidden" || look.overflowY === "clip";
      if (hides && node.scrollHeight > node.clientHeight + 2) found.clipped.push(own.slice(0, 80));
      const line = parseFloat(look.lineHeight);
      if (line && line < 1.2 * parseFloat(look.fontSize)) found.tight.push(`${own.slice(0, 60)} ${line}/${look.fontSize}`);
    }
  };
  walk(document.getElementById("root"));
  return found;
}
