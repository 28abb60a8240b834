// Puts a chart that answers in the place of a drawing. Where anything fails, the drawing stays.
(() => {
  const at = { ...document.currentScript.dataset };
  const phone = matchMedia("(max-width: 760px)");
  const LEAST_HEIGHT = 220;
  const clamp = (value, low, high) => Math.max(low, Math.min(value, high));
  const make = (name, kind) => Object.assign(document.createElement(name), { className: kind });
  let library;

  // Vega is loaded once, and only when a chart comes into sight.
  function load() {
    library ??= Promise.all([import(at.acts), ...[at.vega, at.interpreter].map((src) => new Promise((done, failed) => {
      const script = document.createElement("script");
      document.head.append(Object.assign(script, { src, async: false, onload: done, onerror: failed }));
    }))]).then(([acts]) => acts);
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

  // Expressions are walked as trees: no text ever becomes code.
  function view(spec, container) {
    return new vega.View(vega.parse(spec, null, { ast: true }), {
      renderer: "svg", expr: vega.expressionInterpreter, container, hover: false, loader: nothing, tooltip: () => {},
    }).runAsync();
  }

  function start(figure) {
    const still = figure.querySelector(".still");
    const stage = {
      tools: figure.querySelector(".chart-tools"), live: make("div", "live"), plot: make("div", "plot"),
      ring: make("a", "chart-ring"), tip: make("div", "chart-tip"), hint: make("p", "chart-hint"), redraw,
    };
    const { tools, live, plot, ring, tip, hint } = stage;
    for (const [name, value] of Object.entries({ tabindex: "0", role: "application", "aria-roledescription": "chart" }))
      live.setAttribute(name, value);
    Object.assign(ring, { tabIndex: -1, hidden: true, draggable: false });
    tip.hidden = true;
    for (const part of [plot, ring, tip]) part.setAttribute("aria-hidden", "true");
    live.append(plot, ring, tip);
    let fitted = 0;

    async function show() {
      const narrow = phone.matches;
      const [spec, acts] = await Promise.all([fetched(narrow ? figure.dataset.narrow : figure.dataset.wide), load()]);
      const before = stage.chart, place = make("div", "");
      plot.replaceChildren(place);
      stage.chart = await view(spec, place);
      before?.finalize();
      const chosen = tools.querySelector('[data-highlight][aria-pressed="true"]');
      if (chosen) stage.chart.signal("highlight", chosen.dataset.highlight);
      stage.meta = spec.usermeta;
      ring.classList.toggle("line", stage.meta.near === "x");
      if (!live.isConnected) {
        const opens = spec.data.some((one) => one.values?.some((row) => row.href)) ? "Enter opens its page, " : "";
        hint.textContent = `Arrow keys go from point to point, ${opens}+ and − zoom, 0 shows the whole chart.`;
        live.setAttribute("aria-label", `${figure.dataset.words} ${hint.textContent}`);
        still.after(live, hint);
        acts.answer(stage);
      }
      stage.frame = measured(spec, still.querySelector(narrow ? ".narrow svg" : ".wide svg").viewBox.baseVal);
      fitted = 0;
      await fit();
      for (const button of tools.querySelectorAll("button")) button.disabled = false;
      stage.limits();
    }

    // What surrounds the plots keeps its size; the plots take what is left of the drawing's place.
    function measured(spec, drawing) {
      const box = plot.querySelector("svg").getBoundingClientRect();
      const heights = (spec.signals ?? []).filter((one) => /height$/.test(one.name) && one.value);
      const names = heights.length ? heights.map((one) => one.name) : ["height"];
      const sizes = names.map((name) => stage.chart.signal(name));
      const inner = sizes.reduce((sum, size) => sum + size, 0);
      return { names, sizes, inner, beside: box.width - stage.chart.signal("width"), above: box.height - inner, drawing };
    }

    async function fit() {
      const { chart, frame } = stage, width = figure.clientWidth;
      if (!width || width === fitted) return;
      fitted = width;
      const { names, sizes, inner, beside, above, drawing } = frame;
      const height = clamp((drawing.height * width) / drawing.width, LEAST_HEIGHT, drawing.height);
      names.forEach((name, n) => chart.signal(name, (sizes[n] * (height - above)) / inner));
      chart.signal("width", Math.max(60, width - beside));
      await redraw();
      // Other numbers on an axis may be wider.
      const over = plot.querySelector("svg").getBoundingClientRect().width - width;
      if (over > 0) await redraw(chart.signal("width", chart.signal("width") - over));
    }

    async function redraw() {
      stage.hide();
      await stage.chart.runAsync();
      stage.marks = null;
    }

    function fallBack(error) {
      console.warn("The chart stays a drawing:", error);
      for (const part of [live, hint, tools]) part.remove();
    }

    show().then(() => {
      new ResizeObserver(() => requestAnimationFrame(() => fit().catch(fallBack))).observe(figure);
      phone.addEventListener("change", () => show().catch(fallBack));
    }).catch(fallBack);
  }

  // Who asks for little data keeps the drawing.
  if (navigator.connection?.saveData) {
    for (const tools of document.querySelectorAll(".chart-tools")) tools.remove();
    return;
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
