// What stands in a page and in the shadows of its components: everything that no log line may make there.
() => {
  const elements = new Set((
    "script iframe frame object embed applet base meta video audio source track marquee math portal dialog xml" +
    " isindex keygen blink layer plaintext xmp image foreignobject animate set"
  ).split(" "));
  // Controls, reorderers, zero widths, separators, byte-order marks, private use, halves of pairs, tag letters.
  const hiding = new RegExp(
    "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200c\\u200e\\u200f]" +
    "|[\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ue000-\\uf8ff]" +
    "|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]|\\udb40[\\udc00-\\udfff]",
  );
  const links = /^(#stMain|\/\?incident=\d+|\/evidence\/\d+|\/\?screen=[a-z]+(&[a-z]+=[\w%.*~+-]+)*)$/;
  const found = { ran: window.ran, wanted: [], hidden: [] };
  const wanted = (node) => found.wanted.push(node.outerHTML.slice(0, 200));
  const foreign = (address) =>
    address && !/^(data:image|blob:|#)/.test(address) && new URL(address, location.origin).origin !== location.origin;
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      const of = (name) => node.getAttribute(name);
      if (elements.has(node.localName.toLowerCase())) wanted(node);
      for (const { name, value } of node.attributes) {
        if (/^on/i.test(name)) wanted(node);
        if (hiding.test(value)) found.hidden.push(`${name}=${value.slice(0, 200)}`);
      }
      if (["href", "src", "srcset", "action", "formaction", "poster", "background", "ping"].some((one) => foreign(of(one))))
        wanted(node);
      if (node.localName === "form" && of("action") !== "/signout") wanted(node);
      if (node.localName === "a" && !links.test(of("href"))) wanted(node);
      if (node.localName === "style" && /203\.0\.113\.250|@import/.test(node.textContent)) wanted(node);
      for (const child of node.childNodes)
        if (child.nodeType === 3 && node.localName !== "style" && hiding.test(child.data))
          found.hidden.push(child.data.slice(0, 200));
      if (node.shadowRoot) walk(node.shadowRoot);
      if (node.localName === "template") walk(node.content);
    }
  };
  walk(document.getElementById("root"));
  if (document.vulnerable || window.xss || document.title.includes("<")) found.ran.push("a trace of a script");
  const texts = (where) => [...document.querySelectorAll(where)].map((one) => one.textContent);
  // what is too wide makes Streamlit's main part scroll, and the document no wider
  const main = document.querySelector("[data-testid=stMain]");
  found.wide = Math.max(document.documentElement.scrollWidth - window.innerWidth, main ? main.scrollWidth - main.clientWidth : 0);
  found.entities = texts(".wr-entities code");
  found.notes = texts(".wr-timeline .noted p");
  found.rules = texts(".wr-table.alerts tbody td:nth-child(2)");
  found.headings = texts(".wr-title h3");
  return found;
}
