// The frame's head: whether the data are live, what time it is in Bangkok, language, sign-out.
// Everything ticks here in the browser, so a console that no longer answers is seen to be old.
const NO_TICK_MS = 9000;

function element(name, cls, text) {
  const node = document.createElement(name);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
}

function age(ms, units) {
  const steps = [[86400, units[3]], [3600, units[2]], [60, units[1]], [1, units[0]]];
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [size, unit] = steps.find(([step]) => seconds >= step) || steps[3];
  return `${Math.floor(seconds / size)} ${unit}`;
}

function build(root, data, setTriggerValue) {
  root.replaceChildren();
  const outer = element("div", data.wall ? "wall" : "");
  const bar = element("div", "mast");
  const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  mark.setAttribute("class", "mark");
  mark.setAttribute("viewBox", "0 0 32 32");
  mark.setAttribute("aria-hidden", "true");
  for (const [path, fill, stroke] of [
    ["M16 2 28 6.5V15c0 7.5-5 12.6-12 15C9 27.6 4 22.5 4 15V6.500Z", "#0b2a3a", "#22d3ee"],
    ["M16 8v8l5 3.500", "none", "#22d3ee"],
  ]) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
    shape.setAttribute("d", path);
    shape.setAttribute("fill", fill);
    shape.setAttribute("stroke", stroke);
    shape.setAttribute("stroke-width", "2");
    shape.setAttribute("stroke-linecap", "round");
    mark.append(shape);
  }
  const title = element("div", "title", data.words.title);
  const live = element("div", "live");
  live.setAttribute("role", "status");
  bar.append(mark);
  if (data.home) {
    const back = element("button", "back", `‹ ${data.words.back}`);
    back.type = "button";
    back.addEventListener("click", () => setTriggerValue("home", true));
    bar.append(back);
  }
  bar.append(title, live);
  if (data.drill) {
    const drill = element("div", "drill", data.words.drill);
    drill.title = data.words.drill_long;
    bar.append(drill);
  }
  bar.append(element("div", "space"));
  const clock = element("div", "clock");
  clock.append(element("div", "time"), element("div", "date"));
  bar.append(clock);
  if (!data.wall) {
    const languages = element("div", "langs");
    languages.setAttribute("role", "group");
    languages.setAttribute("aria-label", data.words.language);
    for (const [code, label] of [["th", "ไทย"], ["en", "EN"]]) {
      const button = element("button", "", label);
      button.type = "button";
      button.lang = code;
      button.setAttribute("aria-pressed", String(code === data.language));
      button.addEventListener("click", () => setTriggerValue("language", code));
      languages.append(button);
    }
    const leave = element("form");
    leave.method = "post";
    leave.action = "/signout";
    const who = element(data.me ? "button" : "span", "who", data.actor);
    if (data.me) {
      who.type = "button";
      who.title = data.words.me;
      if (data.screen === "me") who.setAttribute("aria-current", "page");
      who.addEventListener("click", () => setTriggerValue("go", "me"));
    }
    leave.append(who);
    if (data.gated) leave.append(element("button", "", data.words.signout));
    // What a click would bring: a sun where it is dark, a moon where it is light.
    const light = data.theme === "light";
    const theme = element("button", "theme", light ? "☾" : "☀");
    theme.type = "button";
    theme.title = light ? data.words.dark : data.words.light;
    theme.setAttribute("aria-label", theme.title);
    theme.addEventListener("click", () => setTriggerValue("theme", light ? "dark" : "light"));
    bar.append(languages, theme, leave);
  }
  outer.append(bar);
  if (data.links.length > 1) outer.append(ways(data, setTriggerValue));
  root.append(outer);
}

// The screens, as one row under the head; what has no room in it lies behind its last button.
function ways(data, setTriggerValue) {
  const links = element("nav", "links");
  links.setAttribute("aria-label", data.words.screens);
  const more = element("button", "more");
  more.type = "button";
  const menu = element("div", "menu");
  for (const { name, label } of data.links) {
    const link = element("button", "", label);
    link.type = "button";
    if (name === data.screen) link.setAttribute("aria-current", "page");
    link.addEventListener("click", () => (name === "incidents" ? setTriggerValue("home", true) : setTriggerValue("go", name)));
    links.append(link);
  }
  const open = (is) => {
    menu.hidden = !is;
    more.setAttribute("aria-expanded", String(is));
  };
  more.addEventListener("click", () => open(menu.hidden));
  links.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    open(false);
    more.focus();
  });
  links.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !links.contains(event.relatedTarget)) open(false);
  });
  links.addEventListener("pointerleave", () => open(false));
  open(false);
  const room = () => share(links, more, menu, data.words.more);
  new ResizeObserver(room).observe(links);
  document.fonts.ready.then(room);
  return links;
}

// Put as many links into the row as fit, the others into the menu; the one that is open is told by the button.
function share(links, more, menu, name) {
  links.append(...menu.children);
  menu.remove();
  more.remove();
  if (links.scrollWidth <= links.clientWidth) return;
  more.textContent = `${name} ▾`;
  links.append(more, menu);
  const row = () => [...links.children].filter((one) => one !== more && one !== menu);
  while (row().length && links.scrollWidth > links.clientWidth) {
    const last = row().at(-1);
    menu.prepend(last);
    const current = menu.querySelector("[aria-current]");
    more.textContent = `${current ? current.textContent : name} ▾`;
    more.classList.toggle("holds", Boolean(current));
  }
}

function tick(root, memory) {
  const data = memory.data;
  const now = Date.now() + memory.offset;
  const live = root.querySelector(".live");
  const silent = performance.now() - memory.ticked;
  let text = data.words.live;
  let stale = true;
  if (silent > NO_TICK_MS) text = data.words.lost;
  else if (data.worker === null) text = data.words.never;
  else if (now - data.worker > data.stale) text = data.words.stale.replace("{age}", age(now - data.worker, data.units));
  else stale = false;
  live.classList.toggle("stale", stale);
  if (live.textContent !== text) live.textContent = text;
  const locale = data.language === "th" ? "th-TH-u-ca-buddhist-nu-latn" : "en-GB";
  const zone = { timeZone: "Asia/Bangkok" };
  const time = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const parts = new Intl.DateTimeFormat(locale, { ...zone, weekday: "short", day: "numeric", month: "short", year: "numeric" })
    .formatToParts(now)
    .filter((part) => part.type !== "literal" && part.type !== "era")
    .reduce((all, part) => ({ ...all, [part.type]: part.value }), {});
  root.querySelector(".time").textContent = time.format(now);
  root.querySelector(".date").textContent =
    `${parts.weekday} ${parts.day} ${parts.month} ${parts.year} · ${data.words.zone}`;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const memory = parentElement.masthead || (parentElement.masthead = {});
  const { now, worker, ...look } = data;
  const shape = JSON.stringify(look);
  memory.data = data;
  memory.offset = now - Date.now();
  memory.ticked = performance.now();
  const stage = parentElement.querySelector(".stage");
  if (memory.shape !== shape) {
    memory.shape = shape;
    document.documentElement.lang = data.language;
    const skip = document.querySelector("[data-testid=stSkipToContent]"); // Streamlit's own, in English only
    if (skip) skip.textContent = data.words.skip;
    build(stage, data, setTriggerValue);
  }
  tick(stage, memory);
  clearInterval(memory.timer);
  memory.timer = setInterval(() => tick(stage, memory), 500);
  return () => clearInterval(memory.timer);
}
