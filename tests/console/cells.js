// Every text of the tables that are drawn on a canvas, by panel, column and row, as assistive technology is told them.
// Only the rows in view are told, and a moment after they came into view: so each table is scrolled through.
async (patience) => {
  const rowHeight = 28;
  const pause = () => new Promise((done) => setTimeout(done, 50));
  const read = async (grid) => {
    const rows = Number(grid.querySelector("[role=grid]").getAttribute("aria-rowcount")) - 1;
    const cells = {};
    for (let top = 0, last = false; !last; ) {
      const until = performance.now() + patience;
      for (let told = false; !told; await pause()) {
        const scroller = grid.querySelector(".dvn-scroller"); // a refresh of the screen may make another one
        scroller.scrollTop = top;
        last = top >= scroller.scrollHeight - scroller.clientHeight;
        // the last row that is in view whole, below the head of the table: it was not in view before
        const row = Math.min(rows, Math.floor((scroller.scrollTop + scroller.clientHeight) / rowHeight) - 1) - 1;
        told = grid.querySelector(`[role=gridcell][id$="-${row}"]`);
        if (!told && performance.now() > until) throw new Error(`row ${row} of ${rows} did not come into view`);
      }
      for (const cell of grid.querySelectorAll("[role=gridcell]")) {
        const [column, row] = cell.id.split("-").slice(-2);
        (cells[column] ??= {})[row] = cell.textContent;
      }
      top += grid.querySelector(".dvn-scroller").clientHeight * 0.7;
    }
    const panel = grid.closest("[class*=st-key-panel_]").className.match(/st-key-panel_(\w+)/)[1];
    return { panel, rows, columns: Object.values(cells).map((column) => Object.values(column)) };
  };
  return Promise.all([...document.querySelectorAll("[data-testid=stDataFrame]")].map(read));
};
