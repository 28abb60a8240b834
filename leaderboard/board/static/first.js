// Before anything is drawn: that there is JavaScript, and which colours were chosen. Stands in every page itself.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  // In a frame of another site the browser may refuse storage: the colours are then the system's.
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch { /* the system's */ }
})();
