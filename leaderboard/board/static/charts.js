// Puts a chart that answers in the place of a drawing. Where anything fails, the drawing stays.
(() => {
  const { vega: vegaAt, interpreter: interpreterAt } = document.currentScript.dataset;
  const phone = matchMedia("(max-width: 760px)");
  const REACH = 28, FEWEST = 0.005, LEAST_HEIGHT = 220;
  const ways = { log: [Math.log, Math.exp], linear: [(v) => v, (v) => v] };
  const clamp = (value, low, high) => Math.max(low, Math.min(value, high));
  const make = (name, kind) => Object.assign(document.createElement(name), { className: kind });
  let library;

  // Vega is loaded once, and only when a chart comes into sight.
  function load() {
    library ??= Promise.all([
      new Promise((done, failed) => {
        const script = Object.assign(document.createElement("script"), { src: vegaAt, onload: done, onerror: failed });
        document.head.append(script);
      }),
      import(interpreterAt),
    ]).then(([, module]) => module.expressionInterpreter);
    return library;
  }

  async function fetched(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  }

  // A chart has all its data with it: it fetches nothing, and its marks are no links.
  const refuse = async () => { throw new Error("A chart loads nothing."); };
  const nothing = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

  async function view(spec, place, interpreter) {
    const made = new vega.View(vega.parse(spec, null, { ast: true }), {
      renderer: "svg", expr: interpreter, container: place, hover: false, loader: nothing, tooltip: () => {},
    });
    return made.runAsync();
  }

  function start(figure) {
    const still = figure.querySelector(".still");
    const tools = figure.querySelector(".chart-tools");
    const live = make("div", "live"), plot = make("div", "plot"), ring = make("a", "chart-ring");
    const tip = make("div", "chart-tip"), hint = make("p", "chart-hint");
    const keys = "Arrow keys go from point to point, + and − zoom, 0 shows the whole chart, Escape leaves a point.";
    hint.textContent = keys;
    plot.setAttribute("aria-hidden", "true");
    for (const [name, value] of Object.entries({
      tabindex: "0", role: "application", "aria-roledescription": "chart", "aria-label": `${figure.dataset.words} ${keys}`,
    })) live.setAttribute(name, value);
    Object.assign(ring, { tabIndex: -1, hidden: true, draggable: false });
    ring.setAttribute("aria-hidden", "true");
    tip.hidden = true;
    tip.setAttribute("aria-hidden", "true");
    live.append(plot, ring, tip);

    let chart, meta, frame, marks, at = -1, fitted = 0, dragged = null, moved = false;

    async function show() {
      const address = phone.matches ? figure.dataset.narrow : figure.dataset.wide;
      const [spec, interpreter] = await Promise.all([fetched(address), load()]);
      const before = chart;
      const place = make("div", "");
      plot.replaceChildren(place);
      chart = await view(spec, place, interpreter);
      before?.finalize();
      meta = spec.usermeta;
      ring.classList.toggle("line", meta.near === "x");
      if (!live.isConnected) still.after(live, hint);
      frame = measured(spec);
      fitted = 0;
      await fit();
      for (const button of tools.querySelectorAll("button")) button.disabled = false;
      limits();
    }

    // What surrounds the plots keeps its size; the plots take what is left of the drawing's place.
    function measured(spec) {
      const box = plot.querySelector("svg").getBoundingClientRect();
      const heights = (spec.signals ?? []).filter((one) => /height$/.test(one.name) && one.value);
      const names = heights.length ? heights.map((one) => one.name) : ["height"];
      const sizes = names.map((name) => chart.signal(name));
      const inner = sizes.reduce((sum, size) => sum + size, 0);
      const drawing = still.querySelector(phone.matches ? ".narrow svg" : ".wide svg").viewBox.baseVal;
      return { names, sizes, inner, beside: box.width - chart.signal("width"), above: box.height - inner, drawing };
    }

    async function fit() {
      const width = figure.clientWidth;
      if (!chart || !width || width === fitted) return;
      fitted = width;
      const { names, sizes, inner, beside, above, drawing } = frame;
      const height = clamp((drawing.height * width) / drawing.width, LEAST_HEIGHT, drawing.height);
      chart.signal("width", Math.max(60, width - beside));
      names.forEach((name, n) => chart.signal(name, (sizes[n] * (height - above)) / inner));
      await redraw();
    }

    async function redraw() {
      hide();
      await chart.runAsync();
      marks = null;
    }

    // Marks that can be pointed at, where they are seen, from left to right.
    function points() {
      if (marks) return marks;
      marks = [];
      const [left, top] = chart.origin();
      const walk = (group, x, y) => {
        for (const mark of group.items)
          for (const item of mark.items) {
            if (mark.marktype === "group") walk(item, x + (item.x || 0), y + (item.y || 0));
            else if (mark.name?.startsWith("points") && item.datum?.words && item.x >= 0 && item.x <= group.width
              && item.y >= 0 && item.y <= group.height) marks.push({ x: x + item.x, y: y + item.y, datum: item.datum });
          }
      };
      for (const item of chart.scenegraph().root.items) walk(item, left + (item.x || 0), top + (item.y || 0));
      return marks.sort((one, other) => one.x - other.x || one.y - other.y);
    }

    function nearest(event) {
      const box = live.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let found = -1, least = REACH;
      points().forEach((point, n) => {
        const far = meta.near === "x" ? Math.abs(point.x - x) : Math.hypot(point.x - x, point.y - y);
        if (far < least) [found, least] = [n, far];
      });
      return found;
    }

    function point(n) {
      at = n;
      if (n < 0) return hide();
      const { x, y, datum } = points()[n];
      const [first, ...others] = datum.words;
      const own = typeof datum.href === "string" && /^\/(?!\/)/.test(datum.href);
      const lines = others.filter(Boolean).map((text) => Object.assign(make("span", ""), { textContent: text }));
      const link = Object.assign(make("a", ""), { textContent: "Open", tabIndex: -1 });
      if (own) link.href = ring.href = datum.href;
      else ring.removeAttribute("href");
      tip.replaceChildren(Object.assign(make("b", ""), { textContent: first }), ...lines, link);
      ring.hidden = tip.hidden = false;
      ring.style.left = `${x}px`;
      ring.style.top = meta.near === "x" ? "" : `${y}px`;
      const above = y - tip.offsetHeight - 20;
      tip.style.left = `${clamp(x - tip.offsetWidth / 2, 0, live.clientWidth - tip.offsetWidth)}px`;
      tip.style.top = `${above < -40 ? y + 20 : above}px`;
      return undefined;
    }

    function hide() {
      at = -1;
      ring.hidden = tip.hidden = true;
    }

    function spans() {
      return meta.axes.map((axis) => {
        const [to, from] = ways[axis.scale];
        return { axis, from, now: chart.signal(axis.signal).map(to), all: axis.ends.map(to) };
      });
    }

    function move(changed) {
      for (const [n, one] of spans().entries()) {
        const [low, high] = one.all, whole = high - low, [a, b] = one.now;
        const [start, size] = changed(n, a, b - a);
        const fits = clamp(size, whole * FEWEST, whole);
        const begin = clamp(start, low, high - fits);
        chart.signal(one.axis.signal, [one.from(begin), one.from(begin + fits)]);
      }
      limits();
      return redraw();
    }

    function zoom(factor, shares = [0.5, 0.5]) {
      return move((n, start, size) => [start + size * (1 - factor) * shares[n], size * factor]);
    }

    function reset() {
      return zoom(Infinity);
    }

    function limits() {
      const whole = spans().every(({ now, all }) => now[1] - now[0] >= (all[1] - all[0]) * 0.9999);
      for (const name of ["out", "reset"]) {
        const button = tools.querySelector(`[data-zoom="${name}"]`);
        if (button) button.disabled = whole;
      }
    }

    // Where a pointer is in the first plot: shares of its width and, from below, of its height.
    function shares(event) {
      const box = live.getBoundingClientRect(), [left, top] = chart.origin();
      return [
        clamp((event.clientX - box.left - left) / chart.signal("width"), 0, 1),
        clamp(1 - (event.clientY - box.top - top) / chart.signal(frame.names[0]), 0, 1),
      ];
    }

    live.addEventListener("pointermove", (event) => {
      if (dragged && event.buttons & 1) {
        const [x, y] = [event.clientX - dragged.x, event.clientY - dragged.y];
        if (!moved && Math.hypot(x, y) < 5) return;
        moved = true;
        live.setPointerCapture(event.pointerId);
        const by = [-x / chart.signal("width"), y / chart.signal(frame.names[0])];
        dragged = { x: event.clientX, y: event.clientY };
        move((n, start, size) => [start + by[n] * size, size]);
      } else if (event.pointerType !== "touch") point(nearest(event));
    });
    live.addEventListener("pointerdown", (event) => {
      moved = false;
      live.classList.toggle("touched", event.pointerType === "touch");
      if (event.button === 0 && !tip.contains(event.target)) dragged = { x: event.clientX, y: event.clientY };
    });
    live.addEventListener("pointerup", (event) => {
      dragged = null;
      if (event.pointerType === "touch" && !moved && !tip.contains(event.target)) point(nearest(event));
    });
    live.addEventListener("pointercancel", () => { dragged = null; });
    live.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") hide(); });
    live.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
    live.addEventListener("focusout", (event) => { if (!live.contains(event.relatedTarget)) hide(); });
    live.addEventListener("wheel", (event) => {
      // A wheel alone scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1 / 1.25 : 1.25, shares(event));
    }, { passive: false });

    live.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const last = points().length - 1;
      const step = event.shiftKey ? 1 : Math.max(1, Math.round(last / 60));
      const to = {
        ArrowRight: at + (at < 0 ? 1 : step), ArrowDown: at + (at < 0 ? 1 : step),
        ArrowLeft: at - step, ArrowUp: at - step, Home: 0, End: last,
      }[event.key];
      const acts = {
        "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: reset, Escape: hide,
        Enter: () => { if (at >= 0 && ring.hasAttribute("href")) ring.click(); },
      };
      if (to === undefined && !acts[event.key]) return;
      event.preventDefault();
      live.classList.remove("touched");
      if (to === undefined) acts[event.key]();
      else if (last >= 0) {
        point(clamp(to, 0, last));
        document.getElementById("said").textContent = points()[at].datum.words.filter(Boolean).join(", ");
      }
    });

    tools.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || !chart) return;
      if (button.dataset.zoom) {
        ({ in: () => zoom(0.5), out: () => zoom(2), reset })[button.dataset.zoom]();
        return;
      }
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of tools.querySelectorAll("[data-highlight]"))
        other.setAttribute("aria-pressed", String(on && other === button));
      chart.signal("highlight", on ? button.dataset.highlight : "");
      redraw();
    });

    const fallBack = (error) => {
      console.warn("The chart stays a drawing:", error);
      live.remove();
      hint.remove();
      tools.remove();
    };
    show().then(() => {
      new ResizeObserver(() => requestAnimationFrame(() => fit())).observe(figure);
      phone.addEventListener("change", () => show().catch(fallBack));
    }).catch(fallBack);
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries)
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        start(entry.target);
      }
  }, { rootMargin: "200px" });
  for (const figure of document.querySelectorAll("figure[data-wide]")) seen.observe(figure);
})();
