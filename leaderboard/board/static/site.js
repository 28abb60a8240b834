// Starwatt's own script. Every page works without it: it adds the theme switch, copying and tidy addresses.
(() => {
  const root = document.documentElement;

  // The server reads which colours were chosen: a page then comes with them, and asks the browser for nothing.
  function kept() {
    try { return /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1] ?? "auto"; } catch { return "auto"; }
  }
  function keep(theme) {
    const lasts = theme === "auto" ? 0 : 365 * 86400;
    // In a frame of another site a browser keeps no other cookie than this, and only over https.
    const where = location.protocol === "https:" ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
    try { document.cookie = `theme=${theme}; Path=/; Max-Age=${lasts}; ${where}`; } catch { /* for this page alone */ }
  }

  function show(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-set-theme]"))
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
  }

  // Going back shows a page that the browser held, which may be older than the choice.
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") show(kept());
  window.addEventListener("pageshow", (event) => { if (event.persisted) show(kept()); });

  function say(text) {
    const place = document.getElementById("said");
    if (place) place.textContent = text;
  }

  async function copy(button) {
    const link = button.dataset.copyLink;
    const source = document.getElementById(button.dataset.copyFrom);
    const text = link ? new URL(link, location.origin).href : source.textContent.trim();
    try {
      await navigator.clipboard.writeText(text);
      const before = button.textContent;
      button.textContent = "Copied";
      say(link ? "The link was copied." : "Copied.");
      setTimeout(() => { button.textContent = before; }, 1500);
    } catch {
      prompt("Copy this:", text);
    }
  }

  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-set-theme]");
    if (theme) {
      keep(theme.dataset.setTheme);
      show(theme.dataset.setTheme);
    }
    const button = event.target.closest("[data-copy-link], [data-copy-from]");
    if (button) {
      event.preventDefault();
      copy(button);
    }
    // A menu closes when something else is chosen.
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Fields left empty do not belong into the address of a view.
  document.addEventListener("htmx:config:request", (event) => {
    const body = event.detail.ctx.request.body;
    if (event.detail.ctx.request.method === "GET" && body) {
      for (const [name, value] of [...body]) if (value === "") body.delete(name);
      if (body.has("columns")) body.set("columns", body.getAll("columns").join(","));
    }
  });

  // Help opens on hover and on focus by keyboard too, beside its button; a click or Enter lets it stay.
  const near = CSS.supports("position-area: end");
  let stays = null;
  function help(event, open) {
    const button = event.target.closest?.(".help[popovertarget]");
    const text = button && document.getElementById(button.getAttribute("popovertarget"));
    if (!text || !near || event.pointerType === "touch" || (event.type === "focusin" && !button.matches(":focus-visible"))) return;
    if (open && !text.matches(":popover-open")) text.showPopover({ source: button });
    if (!open && stays !== text && text.matches(":popover-open")) text.hidePopover();
  }
  for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => help(event, true));
  for (const name of ["pointerout", "focusout"]) document.addEventListener(name, (event) => help(event, false));
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".help[popovertarget]");
    stays = button && document.getElementById(button.getAttribute("popovertarget"));
  });

  // A view that cannot be: show the page that says why, in place of nothing.
  document.addEventListener("htmx:response:error", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (sourceElement.closest("#board")) location.assign(request.action);
  });

  // A submission's page: the stream says when something changed, and the page then fetches its live part again.
  const live = () => document.querySelector("#live[data-events]");
  const refresh = () => { if (live()) htmx.trigger(live(), "refresh"); };
  let stream, heard = performance.now();

  function follow() {
    if (!live() || stream) return;
    stream = new EventSource(live().dataset.events);
    stream.addEventListener("change", (event) => {
      if (JSON.parse(event.data).final) stream.close();
      refresh();
    });
    // No stream to be had: ask instead. A connection that was lost is tried again by the browser itself.
    stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) ask(); });
  }

  function ask() {
    refresh();
    if (live()) setTimeout(ask, 2000);
  }

  follow();
  document.addEventListener("htmx:after:swap", () => {
    heard = performance.now();
    const shown = document.querySelector("#live[data-title]");
    if (shown) document.title = shown.dataset.title;
  });

  setInterval(() => {
    for (const age of document.querySelectorAll("[data-age]")) {
      const seconds = Math.round(Number(age.dataset.age) + (performance.now() - heard) / 1000);
      age.textContent = seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ${seconds % 60} s ago`;
    }
  }, 1000);

  // What the server says about a field wins over what was chosen in it before.
  document.addEventListener("htmx:after:swap", () => {
    for (const option of document.querySelectorAll("#board option")) option.selected = option.defaultSelected;
    for (const box of document.querySelectorAll(".picker input")) box.checked = box.defaultChecked;
  });
})();
