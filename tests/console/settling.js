// Remembers when a page last grew, so that a test knows when it stands; runs before any script of the page.
window.grewAt = 0;
new MutationObserver((changes) => {
  const grew = changes.some((change) => [...change.addedNodes].some((node) => node.nodeType === 1));
  if (grew) window.grewAt = performance.now();
}).observe(document, { childList: true, subtree: true });
// Says what is still going on; empty where the script has run, all is drawn, and nothing was added for a while.
window.goingOn = (quiet) => {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app || app.dataset.testScriptState !== "notRunning") return "the script runs";
  if (document.querySelector("[data-testid=stSkeleton], [data-stale=true]")) return "something is old";
  if (document.querySelector(".js-plotly-plot:not(:has(.main-svg))")) return "a chart is drawn";
  const stages = [...document.querySelectorAll("*")].filter((one) => one.shadowRoot).flatMap((one) => [...one.shadowRoot.querySelectorAll(".stage")]);
  if (stages.some((stage) => !stage.firstChild)) return "a piece is empty";
  if (document.fonts.status !== "loaded") return "fonts are loaded";
  return performance.now() - window.grewAt > quiet ? "" : "it grows";
};
window.settled = (quiet, patience) =>
  new Promise((stands, fails) => {
    const begun = performance.now();
    const timer = setInterval(() => {
      const still = window.goingOn(quiet);
      if (still && performance.now() - begun < patience) return;
      clearInterval(timer);
      if (still) fails(new Error(still));
      else stands();
    }, 50);
  });
