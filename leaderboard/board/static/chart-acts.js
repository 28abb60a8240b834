// What a reader does with a chart: point at marks by pointer, touch or keyboard, zoom, move, set a series off.

const REACH = 28, CLOSEST = 0.005;
const ways = { log: [Math.log, Math.exp], linear: [(v) => v, (v) => v] };
const clamp = (value, low, high) => Math.max(low, Math.min(value, high));
const say = (text) => { document.getElementById("said").textContent = text; };
const line = (name, textContent) => Object.assign(document.createElement(name), { textContent });

// Round numbers of a logarithmic axis: 1, 2, 5, 10 … where they fit, else fewer; near by, even steps.
function ticks([low, high], most) {
  const first = Math.floor(Math.log10(low)), powers = [...Array(Math.ceil(Math.log10(high)) - first + 1).keys()];
  let found;
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const all = powers.flatMap((power) => steps.map((step) => step * 10 ** (first + power)));
    found = all.filter((value) => value >= low && value <= high);
    if (steps.length === 3 && found.length < 3) return vega.scale("linear")().domain([low, high]).ticks(most);
    if (found.length <= most + 1) return found;
  }
  return found.filter((_, n) => n % Math.ceil(found.length / most) === 0);
}

/* The stage: tools, live, ring and tip (elements), chart (vega.View), meta (`usermeta` of its document), frame.names
   (signals of the plots' heights), redraw(), marks (found since it was drawn). Gets hide() and limits(). */
export function answer(stage) {
  const { tools, live, ring, tip } = stage;
  let at = -1, dragged = null, moved = false;

  function corner() {
    const [left, top] = stage.chart.origin(), around = stage.chart.padding();
    return [left + around.left, top + around.top];
  }

  // Marks that can be pointed at, where they are seen, from left to right.
  function points() {
    if (stage.marks) return stage.marks;
    const found = [], [left, top] = corner();
    const inside = (item, group) => item.x >= 0 && item.x <= group.width && item.y >= 0 && item.y <= group.height;
    const walk = (group, x, y) => {
      for (const mark of group.items)
        for (const item of mark.items)
          if (mark.marktype === "group") walk(item, x + (item.x || 0), y + (item.y || 0));
          else if (mark.name?.startsWith("points") && item.datum?.words && inside(item, group))
            found.push({ x: x + item.x, y: y + item.y, datum: item.datum });
    };
    for (const item of stage.chart.scenegraph().root.items) walk(item, left + (item.x || 0), top + (item.y || 0));
    stage.marks = found.sort((one, other) => one.x - other.x || one.y - other.y);
    return stage.marks;
  }

  function inLive(event) {
    const box = live.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  function nearest(event) {
    const [x, y] = inLive(event);
    let found = -1, least = REACH;
    points().forEach((point, n) => {
      const far = stage.meta.near === "x" ? Math.abs(point.x - x) : Math.hypot(point.x - x, point.y - y);
      if (far < least) [found, least] = [n, far];
    });
    return found;
  }

  function hide() {
    at = -1;
    ring.hidden = tip.hidden = true;
  }

  function point(n) {
    if (n < 0) {
      hide();
      return;
    }
    at = n;
    const { x, y, datum } = points()[n];
    const [first, ...others] = datum.words;
    const link = Object.assign(line("a", "Open"), { tabIndex: -1 });
    // Where a mark leads is a page of ours, or nowhere.
    if (typeof datum.href === "string" && /^\/[^/\\]/.test(datum.href)) link.href = ring.href = datum.href;
    else ring.removeAttribute("href");
    tip.replaceChildren(line("b", first), ...others.filter(Boolean).map((text) => line("span", text)), link);
    ring.hidden = tip.hidden = false;
    ring.style.left = `${x}px`;
    ring.style.top = stage.meta.near === "x" ? "" : `${y}px`;
    const above = y - tip.offsetHeight - 20;
    tip.style.left = `${clamp(x - tip.offsetWidth / 2, 0, live.clientWidth - tip.offsetWidth)}px`;
    tip.style.top = `${above < -40 ? y + 20 : above}px`;
  }

  function spans() {
    return stage.meta.axes.map((axis) => {
      const [to, from] = ways[axis.scale];
      return { axis, from, now: stage.chart.signal(axis.signal).map(to), all: axis.ends.map(to) };
    });
  }

  // `changed`: number, begin and size of an axis → its new begin and size. Never past the whole chart.
  function move(changed) {
    for (const [n, { axis, from, now, all }] of spans().entries()) {
      const [low, high] = all, whole = high - low, [start, size] = changed(n, now[0], now[1] - now[0]);
      const fits = clamp(size, whole * CLOSEST, whole);
      const begin = clamp(start, low, high - fits);
      const ends = [from(begin), from(begin + fits)];
      stage.chart.signal(axis.signal, ends);
      if (axis.most) stage.chart.signal(`${axis.signal}_ticks`, ticks(ends, axis.most));
    }
    limits();
    return stage.redraw();
  }

  const zoom = (factor, shares = [0.5, 0.5]) =>
    move((n, start, size) => [start + size * (1 - factor) * shares[n], size * factor]);

  // By keyboard: around the point that is looked at, which stays so.
  async function closer(factor) {
    const { x, y, datum } = points()[at] ?? {};
    await zoom(factor, datum && shares(x, y));
    if (datum) point(points().findIndex((one) => one.datum.words.join() === datum.words.join()));
  }
  const reset = () => move(() => [-Infinity, Infinity]);

  function limits() {
    const whole = spans().every(({ now, all }) => now[1] - now[0] >= (all[1] - all[0]) * 0.9999);
    for (const button of tools.querySelectorAll('[data-zoom="out"], [data-zoom="reset"]')) button.disabled = whole;
  }

  const plotSize = () => [stage.chart.signal("width"), stage.chart.signal(stage.frame.names[0])];

  // Where something is in the first plot: shares of its width and, from below, of its height.
  function shares(x, y) {
    const [left, top] = corner(), [width, height] = plotSize();
    return [clamp((x - left) / width, 0, 1), clamp(1 - (y - top) / height, 0, 1)];
  }

  function drag(event) {
    const [x, y] = [event.clientX - dragged.x, event.clientY - dragged.y], [width, height] = plotSize();
    if (!moved && Math.hypot(x, y) < 5) return;
    if (!moved) live.setPointerCapture(event.pointerId);
    moved = true;
    dragged = { x: event.clientX, y: event.clientY };
    const by = [-x / width, y / height];
    move((n, start, size) => [start + by[n] * size, size]);
  }

  const heard = {
    pointermove: (event) => {
      if (dragged && event.buttons & 1) drag(event);
      else if (event.pointerType !== "touch") point(nearest(event));
    },
    pointerdown: (event) => {
      moved = false;
      live.classList.toggle("touched", event.pointerType === "touch");
      if (event.button === 0 && !tip.contains(event.target)) dragged = { x: event.clientX, y: event.clientY };
    },
    pointerup: (event) => {
      dragged = null;
      if (event.pointerType === "touch" && !moved && !tip.contains(event.target)) point(nearest(event));
    },
    pointercancel: () => { dragged = null; },
    pointerleave: (event) => { if (event.pointerType !== "touch") hide(); },
    focusout: (event) => { if (!live.contains(event.relatedTarget)) hide(); },
    keydown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const last = points().length - 1, step = event.shiftKey || at < 0 ? 1 : Math.max(1, Math.round(last / 60));
      const to = {
        ArrowRight: at + step, ArrowDown: at + step, ArrowLeft: at - step, ArrowUp: at - step, Home: 0, End: last,
      }[event.key];
      const act = {
        "+": () => closer(0.5), "=": () => closer(0.5), "-": () => closer(2), 0: reset, Escape: hide,
        Enter: () => { if (at >= 0 && ring.hasAttribute("href")) ring.click(); },
      }[event.key];
      if (to === undefined && !act) return;
      event.preventDefault();
      moved = false;
      live.classList.remove("touched");
      if (act) act();
      else if (last >= 0) {
        point(clamp(to, 0, last));
        say(points()[at].datum.words.filter(Boolean).join(", "));
      } else say("No point is in sight; 0 shows the whole chart.");
    },
  };
  for (const [name, hear] of Object.entries(heard)) live.addEventListener(name, hear);
  // What was dragged was not meant as a click; and a wheel alone scrolls the page.
  live.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
  live.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 / 1.25 : 1.25, shares(...inLive(event)));
  }, { passive: false });

  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.zoom) ({ in: () => zoom(0.5), out: () => zoom(2), reset })[button.dataset.zoom]();
    if (!button?.dataset.highlight) return;
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of tools.querySelectorAll("[data-highlight]"))
      other.setAttribute("aria-pressed", String(on && other === button));
    stage.chart.signal("highlight", on ? button.dataset.highlight : "");
    stage.redraw();
  });

  Object.assign(stage, { hide, limits });
}
