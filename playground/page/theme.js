// Runs before the first paint, so that a chosen theme does not flash; everything else is a module.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("milepost-theme");
  } catch {
    // Storage can be forbidden; the system's preference then decides alone.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
