(() => {
  const all = (of, what) => [...of.querySelectorAll(what)];
  const made = (of, name, attributes) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([k, v]) => e.setAttribute(k, v));
    return of.appendChild(e);
  };
  const clamp = (v, low, high) => Math.min(Math.max(v, low), high);

  // Values, as the tables write them.
  const num = v => Math.abs(v) < 1e3 ? String(+v.toPrecision(3)) : Math.round(v).toLocaleString("en");
  const units = [[1e-3, 1e-6, "µs"], [1, 1e-3, "ms"], [120, 1, "s"], [7200, 60, "min"], [172800, 3600, "h"], [1 / 0, 86400, "d"]];
  const time = s => { const u = units.find(u => s < u[0]); return +(s / u[1]).toPrecision(4) + " " + u[2]; };
  const share = v => { // the percentiles' axis is in nines: two digits of what lies beyond are enough
    const beyond = 100 * 10 ** -v;
    return +(100 - beyond).toFixed(Math.max(0, 1 - Math.floor(Math.log10(beyond)))) + " %";
  };
  const text = (v, unit) => unit == "s" ? time(v) : unit == "share" ? num(v * 100) + " %" : num(v) + " " + unit;

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  document.body.append(tip);

  // height returns where a line is at x, or nothing beside its ends.
  const height = (path, x) => {
    const n = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    for (let i = 2; i < n.length; i += 2)
      if (n[i - 2] <= x && x <= n[i]) return n[i - 1] + (n[i + 1] - n[i - 1]) * (x - n[i - 2]) / (n[i] - n[i - 2] || 1);
  };

  // steps are where the axis of a stretch is labelled: at round values.
  const steps = (a, b, nines) => {
    if (nines) return [0, .5, .75, .9, .95, .99, .995, .999, .9995, .9999, .99995, .99999, .999999].map(q => -Math.log10(1 - q));
    const round = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
    for (let k = 1e-6; k < 1; k *= 10) round.unshift(k * 5, k * 2, k);
    round.sort((x, y) => x - y);
    for (let k = 2; k < 1e4; k *= 2) round.push(86400 * k);
    const step = round.find(s => (b - a) / s <= 6) || b - a, marks = [];
    for (let n = Math.ceil(a / step); n * step <= b; n++) marks.push(n * step);
    return marks;
  };

  // panel makes a pair of axes answer: what it shows of its width, and the values at a place.
  const panel = (p, id) => {
    const d = p.dataset, [x0, x1, v0, v1] = d.x.split(" ").map(Number), [y0, y1, low, high] = d.y.split(" ").map(Number);
    let from = x0, to = x1, marks;
    const inner = x => from + (x - x0) / (x1 - x0) * (to - from); // where the drawing has what is shown at x
    const value = x => v0 + (x - x0) / (x1 - x0) * (v1 - v0);
    const label = v => d.at ? share(v) : time(v);
    const parts = all(p, "path, text").filter(e => !e.closest("defs")).map(e => ({ e, ...sort(e) }));
    function sort(e) { // what becomes of a part when the panel is stretched
      if (e.tagName == "text") {
        const at = e.getBBox(), x = at.x + at.width / 2;
        if (at.y > y0) return { axis: /^[\d.]/.test(e.textContent) };
        return d.at ? { axis: x >= x0 } : { moved: x >= x0, x }; // what stands beside a percentile would stand far from it
      }
      const n = e.getAttribute("d").match(/-?[\d.]+/g).map(Number), xs = n.filter((_, i) => i % 2 == 0);
      const left = Math.min(...xs), right = Math.max(...xs);
      if (!e.closest(".series") && n.length == 4) {
        if (n[0] == n[2]) return { axis: n[0] >= x0 - .5 && Math.max(n[1], n[3]) >= y0 - .5 };
        if (n[1] == n[3] && right - left > (x1 - x0) / 2 || n[1] > y0 + 1) return {};
      }
      const dot = e.getAttribute("d").endsWith("Z") && right - left < 12 && n.length > 12;
      return dot ? { moved: true, x: (left + right) / 2 } : { stretched: left >= x0 - 1 };
    }
    return {
      holds: (x, y) => x >= x0 && x <= x1 && y <= y0 && y >= y1, x0, x1, y0, y1, inner, value,
      show(a, b) {
        from = a;
        to = b;
        const whole = from == x0 && to == x1, k = (x1 - x0) / (to - from), place = x => x0 + (x - from) * k;
        marks && marks.remove();
        marks = made(p, "g", { class: "marks" });
        const clip = made(made(marks, "clipPath", { id }), "rect", { x: from, y: y1 - 20, width: to - from, height: y0 - y1 + 22 });
        clip.hidden = whole;
        parts.forEach(({ e, stretched, moved, axis, x }) => {
          if (axis || moved) e.classList.toggle("off", !whole && (axis || x < from || x > to));
          const transform = whole ? "" : stretched ? `matrix(${k} 0 0 1 ${x0 - from * k} 0)` : moved ? `translate(${place(x) - x} 0)` : "";
          transform ? e.setAttribute("transform", transform) : e.removeAttribute("transform");
          stretched && !whole ? e.setAttribute("clip-path", `url(#${id})`) : e.removeAttribute("clip-path");
        });
        if (whole) return;
        const [left, right] = [value(from), value(to)], at = v => place(x0 + (v - v0) / (v1 - v0) * (x1 - x0));
        let shown = steps(left, right, d.at).filter(v => v >= left && v <= right);
        if (shown.length < 2) shown = [left, right];
        shown.forEach(v => {
          made(marks, "path", { d: `M${at(v)} ${y0 + 8}V${y0 + 2}`, stroke: "#222222", "stroke-width": .5 });
          made(marks, "text", { x: at(v), y: y0 + 19.5, "font-size": 11.5, fill: "#222222", "text-anchor": "middle" }).textContent = label(v);
        });
      },
      at(x) { // the values of all series that are shown
        const lines = [label(value(inner(x)))];
        all(p, ".series:not(.off)").forEach(s => all(s, "path[fill=none]").some(path => {
          const y = height(path, inner(x)), q = (y - y0) / (y1 - y0);
          return q == q && lines.push(s.dataset.name + ": " + text(d.scale == "log" ? low * (high / low) ** q : low + q * (high - low), d.unit));
        }));
        return lines;
      },
    };
  };

  // legend makes the entries of a legend into buttons that hide their series.
  const legend = svg => all(svg, ".key").forEach(key => {
    const toggle = () => {
      const off = key.classList.toggle("off");
      key.setAttribute("aria-pressed", !off);
      all(svg, ".series").forEach(s => s.dataset.k == key.dataset.k && s.classList.toggle("off", off));
    };
    svg.setAttribute("role", "group");
    key.setAttribute("role", "button");
    key.setAttribute("tabindex", 0);
    key.setAttribute("aria-pressed", true);
    key.onclick = toggle;
    key.onkeydown = e => { if (e.key == "Enter" || e.key == " ") { e.preventDefault(); toggle(); } e.stopPropagation(); };
  });

  let figures = 0;
  const explore = svg => {
    const panels = all(svg, ".panel").map(p => panel(p, "clip" + figures++));
    if (!panels.length) return;
    const { x0, x1 } = panels[0], top = Math.min(...panels.map(p => p.y1)), foot = Math.max(...panels.map(p => p.y0));
    const box = made(svg, "rect", { class: "chosen", y: top, height: foot - top, width: 0, x: x0 });
    let range = [x0, x1], cursor = (x0 + x1) / 2, begun, moved;
    const toDrawing = e => new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const onScreen = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
    const zoom = (a, b) => {
      if (b - a < (x1 - x0) / 500) return;
      range = [Math.max(a, x0), Math.min(b, x1)];
      panels.forEach(p => p.show(...range));
    };
    const say = (lines, left, y) => {
      tip.hidden = lines.length < 2;
      tip.textContent = lines.join("\n");
      tip.style.left = Math.min(left + 14, innerWidth - tip.offsetWidth - 8) + "px";
      tip.style.top = y + 14 + "px";
    };
    const mark = (a, b) => { box.setAttribute("x", Math.min(a, b)); box.setAttribute("width", Math.abs(b - a)); };
    const hide = () => { tip.hidden = true; mark(x0, x0); begun = undefined; };

    svg.onpointerleave = hide;
    svg.onpointerdown = e => {
      const at = toDrawing(e);
      if (panels.some(p => p.holds(at.x, at.y)) && e.button == 0) { begun = at.x; moved = at.x; e.preventDefault(); svg.focus({ preventScroll: true }); }
    };
    svg.onpointermove = e => {
      const at = toDrawing(e);
      tip.setAttribute("aria-live", "off"); // a pointer needs no voice
      if (begun !== undefined) { moved = clamp(at.x, x0, x1); mark(begun, moved); }
      say(panels.filter(p => p.holds(at.x, at.y)).flatMap(p => p.at(at.x)), e.clientX, e.clientY);
    };
    svg.onpointerup = () => {
      if (begun !== undefined && Math.abs(moved - begun) > 4) zoom(...[begun, moved].sort((a, b) => a - b).map(panels[0].inner));
      begun = undefined;
      mark(x0, x0);
    };
    svg.ondblclick = () => zoom(x0, x1);

    svg.setAttribute("tabindex", 0);
    svg.setAttribute("aria-roledescription", "chart");
    svg.onblur = hide;
    svg.onkeydown = e => {
      const step = (x1 - x0) / (e.shiftKey ? 10 : 100), width = range[1] - range[0];
      const around = w => {
        const middle = panels[0].inner(cursor), a = clamp(middle - w / 2, x0, x1 - w);
        zoom(a, a + w);
        cursor = clamp(x0 + (middle - range[0]) / (range[1] - range[0]) * (x1 - x0), x0, x1);
      };
      switch (e.key) {
        case "ArrowLeft": cursor = clamp(cursor - step, x0, x1); break;
        case "ArrowRight": cursor = clamp(cursor + step, x0, x1); break;
        case "Home": cursor = x0; break;
        case "End": cursor = x1; break;
        case "+": case "=": around(width / 2); break;
        case "-": around(Math.min(width * 2, x1 - x0)); break;
        case "Escape": case "0": zoom(x0, x1); break;
        default: return;
      }
      e.preventDefault();
      mark(cursor - .4, cursor + .4);
      tip.setAttribute("aria-live", "polite");
      const at = onScreen(cursor, top);
      say(panels.flatMap(p => p.at(cursor)), at.x, at.y);
    };
  };

  all(document, "figure svg").forEach(svg => { legend(svg); explore(svg); });
  if (figures) {
    const hint = document.createElement("p");
    hint.className = "quiet hint";
    hint.textContent = "Charts over time and of percentiles: point for values, drag to zoom, double-click for the whole. " +
      "With the keyboard: arrows for values, + and − to zoom, Escape for the whole. An entry of a legend hides its line.";
    document.querySelector("figure").before(hint);
  }
})();
