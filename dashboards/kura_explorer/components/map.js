// A map of points on a canvas: drag or arrow keys to move, wheel, pinch or + and - to zoom, 0 to see everything.
const maps = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let map = maps.get(parentElement);
  if (!map) {
    map = createMap(parentElement, setTriggerValue);
    maps.set(parentElement, map);
  }
  map.show(data);
  return () => {
    map.close();
    maps.delete(parentElement);
  };
}

function unpacked(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Kind(bytes.buffer);
}

function createMap(root, setTriggerValue) {
  const host = root.querySelector("section");
  host.className = "map";
  const frame = host.appendChild(document.createElement("div"));
  frame.className = "frame";
  const canvas = frame.appendChild(document.createElement("canvas"));
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    "Map of conversations. Arrow keys move, plus and minus zoom, 0 shows everything. The page Topics says the same as a tree.",
  );
  const tip = frame.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.hidden = true;
  const tools = frame.appendChild(document.createElement("div"));
  tools.className = "tools";
  const legend = document.createElement("ul");
  legend.className = "legend";
  host.prepend(legend);

  const pen = canvas.getContext("2d");
  let points = { xs: [], ys: [], colour: [], label: [], colours: [], labels: [] };
  let view = { x: 0, y: 0, scale: 1 };
  let whole = view;
  let drawn = []; // boxes of the labels on the screen
  let only = null; // index of the one colour that is shown
  let grid = new Map(); // points by cell, for finding the one under the pointer
  let cell = 1;
  let waiting = 0;
  let shown = "";
  let axes = [straight, straight]; // how far a place is along each axis when wide gaps are shortened
  let lasso = null; // corners, while they are being drawn
  let isDrawing = false;
  let look = {}; // colours of the page

  let middle = [0, 0]; // of the canvas; asking the page for it once per point would be slow
  const across = (x) => middle[0] + (x - view.x) * view.scale;
  const down = (y) => middle[1] - (y - view.y) * view.scale;

  function tool(text, name, action) {
    const button = tools.appendChild(document.createElement("button"));
    button.textContent = text;
    button.title = name;
    button.setAttribute("aria-label", name);
    button.onclick = action;
    return button;
  }
  tool("+", "Zoom in", () => zoom(1.5));
  tool("−", "Zoom out", () => zoom(1 / 1.5));
  tool("⤢", "Show everything", () => move(whole));
  const lassoTool = tool("◌", "Draw around conversations to list them", () => draws(!isDrawing));
  tool("⤓", "Save as a picture", save);

  function draws(wanted) {
    isDrawing = wanted;
    lasso = null;
    lassoTool.setAttribute("aria-pressed", String(wanted));
    canvas.style.cursor = wanted ? "crosshair" : "grab";
    later();
  }

  function move(next) {
    view = { ...next };
    later();
  }

  function zoom(factor, atX = canvas.clientWidth / 2, atY = canvas.clientHeight / 2) {
    const scale = Math.min(Math.max(view.scale * factor, whole.scale / 2), whole.scale * 200);
    const x = view.x + (atX - canvas.clientWidth / 2) / view.scale;
    const y = view.y - (atY - canvas.clientHeight / 2) / view.scale;
    move({
      x: x - (atX - canvas.clientWidth / 2) / scale,
      y: y + (atY - canvas.clientHeight / 2) / scale,
      scale,
    });
  }

  // the view of the chosen points, but for the part `edge` at each side
  function fitted(chosen = () => true, edge = 0) {
    const [[left, right], [bottom, top]] = [points.xs, points.ys].map((all) => {
      const sorted = all.filter((_, i) => chosen(i)).sort();
      return [edge, 1 - edge].map((part) => sorted[Math.round(part * (sorted.length - 1))]);
    });
    if (left === undefined) return null;
    const scale = Math.min(
      (canvas.clientWidth * 0.92) / Math.max(right - left, 0.5),
      (canvas.clientHeight * 0.88) / Math.max(top - bottom, 0.5),
    );
    return { x: (left + right) / 2, y: (bottom + top) / 2, scale };
  }

  function later() {
    if (!waiting) waiting = requestAnimationFrame(draw);
  }

  function draw() {
    waiting = 0;
    const began = performance.now();
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    middle = [width / 2, height / 2];
    const styles = getComputedStyle(host);
    const colour = (name, otherwise) => styles.getPropertyValue(name).trim() || otherwise;
    look = { font: styles.fontFamily, ink: colour("--ink", "#1d2a30"), accent: colour("--accent", "#0b6e6e") };
    pen.fillStyle = colour("--paper", "#ffffff");
    look.paper = pen.fillStyle; // as six digits, however the page says it
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = look.paper;
    pen.fillRect(0, 0, width, height);
    const closer = Math.log2(view.scale / whole.scale);
    const crowd = points.xs.length > 20000 ? 1.1 : points.xs.length > 4000 ? 1.8 : points.xs.length > 200 ? 3 : 4.5;
    const radius = Math.min(crowd * Math.pow(1.28, Math.max(closer, 0)), 6);
    const visible = points.byColour.map((places, kind) =>
      only !== null && kind !== only ? [] : places.filter((i) => {
        const x = across(points.xs[i]);
        const y = down(points.ys[i]);
        return x > -8 && y > -8 && x < width + 8 && y < height + 8;
      }),
    );
    if (visible.reduce((sum, places) => sum + places.length, 0) > 4000) drawCrowd(visible, Math.max(1, Math.round(radius * ratio * 2)), ratio);
    else drawCircles(visible, radius);
    drawArea();
    drawLabels(width, height, closer);
    frame.dataset.scale = (view.scale / whole.scale).toFixed(3);
    frame.dataset.labels = drawn.length;
    frame.dataset.milliseconds = (performance.now() - began).toFixed(1);
    frame.dataset.boxes = JSON.stringify(drawn.map((box) => [box.left, box.top, box.right, box.bottom]));
    frame.dataset.names = JSON.stringify(drawn.map((box) => box.lines));
    frame.dataset.anchors = JSON.stringify(drawn.map((box) => [box.id, box.x, box.y]));
  }

  // what a search has found lies on top of the rest, which is pale
  const isPale = (i) => points.found && !points.found[i];

  function drawCircles(visible, radius) {
    for (const pale of points.found ? [true, false] : [false]) {
      pen.globalAlpha = pale ? 0.13 : points.found ? 0.95 : 0.75;
      visible.forEach((places, kind) => {
        pen.fillStyle = points.colours[kind];
        pen.beginPath();
        for (const i of places) {
          if (points.found && isPale(i) !== pale) continue;
          const [x, y] = [across(points.xs[i]), down(points.ys[i])];
          pen.moveTo(x + radius, y);
          pen.arc(x, y, radius, 0, 6.2832);
        }
        pen.fill();
      });
    }
    pen.globalAlpha = 1;
  }

  function drawArea() {
    const corners = lasso || points.area;
    if (!corners || corners.length < 2) return;
    pen.beginPath();
    corners.forEach(([x, y], number) => (number ? pen.lineTo(across(x), down(y)) : pen.moveTo(across(x), down(y))));
    pen.closePath();
    Object.assign(pen, { strokeStyle: look.accent, lineWidth: 2, fillStyle: look.accent });
    pen.globalAlpha = 0.1;
    pen.fill();
    pen.globalAlpha = 1;
    pen.stroke();
  }

  // Paths of many thousand shapes take a third of a second without a graphics card; pixels take a few milliseconds.
  function drawCrowd(visible, size, ratio) {
    const [width, height] = [canvas.width, canvas.height];
    const image = pen.createImageData(width, height);
    const pixels = image.data;
    const paper = parts(look.paper);
    for (let place = 0; place < pixels.length; place += 4) {
      for (let part = 0; part < 3; part++) pixels[place + part] = paper[part];
      pixels[place + 3] = 255;
    }
    for (const pale of points.found ? [true, false] : [false]) visible.forEach((places, kind) => {
      const colour = parts(points.colours[kind]);
      const weight = pale ? 0.1 : points.found ? 0.95 : 0.55;
      for (const i of places) {
        if (points.found && isPale(i) !== pale) continue;
        const left = Math.round(across(points.xs[i]) * ratio - size / 2);
        const top = Math.round(down(points.ys[i]) * ratio - size / 2);
        for (let y = Math.max(top, 0); y < Math.min(top + size, height); y++)
          for (let x = Math.max(left, 0); x < Math.min(left + size, width); x++) {
            const place = (y * width + x) * 4;
            for (let part = 0; part < 3; part++) pixels[place + part] += (colour[part] - pixels[place + part]) * weight;
          }
      }
    });
    pen.putImageData(image, 0, 0);
  }

  function drawLabels(width, height, closer) {
    drawn = [];
    const widest = Math.min(230, width * 0.42);
    const deepest = closer < 0.5 ? 0 : closer < 1.6 ? 1 : 9;
    const room = Math.max(6, Math.round((width * height) / 26000));
    // from far away the topics speak, from near the clusters
    const ordered = closer > 1.2 ? [...points.labels].reverse().sort((a, b) => b[3] - a[3] || b[4] - a[4]) : points.labels;
    const controls = { left: width - tools.offsetWidth - 18, right: width, top: 0, bottom: tools.offsetHeight + 18 };
    for (const [id, name, places, level, count] of ordered) {
      if (drawn.length >= room) break;
      if (level > deepest || (!count && count !== null)) continue;
      const size = level === 0 ? 14 : 12.5;
      pen.font = `${level === 0 ? 650 : 500} ${size}px ${look.font}`;
      const spots = places.map(([x, y]) => [across(x), down(y)]);
      const isBeside = count !== null && count < FEW;
      // all of the name, or else as much as there is room for
      const within = (most) => boxed(wrapped(name, widest, most), size, spots, isBeside, controls);
      const box = within(LINES) || within(2);
      if (!box) continue;
      drawn.push({ id, name, count, ...box });
      Object.assign(pen, { fillStyle: look.ink, strokeStyle: look.paper, lineWidth: 5, lineJoin: "round", textAlign: "center", textBaseline: "top" });
      pen.direction = RIGHT_TO_LEFT.test(name) ? "rtl" : "ltr";
      const middle = (box.left + box.right) / 2;
      // the colour of the paper around the letters, so that a name can be read on its points and hides few of them
      box.lines.forEach((line, number) => pen.strokeText(line, middle, box.top + 3 + number * (size + 3)));
      box.lines.forEach((line, number) => pen.fillText(line, middle, box.top + 3 + number * (size + 3)));
    }
  }

  // the first box for lines that is in nobody's way
  function boxed(lines, size, spots, isBeside, controls) {
    const wide = Math.max(...lines.map((line) => pen.measureText(line).width)) + 10;
    const boxes = spots.flatMap((spot) => around(spot, wide, lines.length * (size + 3) + 4, canvas.clientWidth, canvas.clientHeight, isBeside));
    const box = boxes.find((one) => ![...drawn, controls].some((other) => hits(one, other)));
    return box && { ...box, lines };
  }

  const hits = (box, other) =>
    box.left < other.right + 4 && box.right + 4 > other.left && box.top < other.bottom + 3 && box.bottom + 3 > other.top;

  // boxes for a name: on its point, unless it would hide one of few, above, below and beside it; moved in at the edges, but
  // never away from the point
  function around([x, y], wide, high, width, height, isBeside) {
    if (x < 0 || x > width || y < 0 || y > height) return [];
    const shifts = [...(isBeside ? [] : [[0, 0]]), [0, -1], [0, 1], [1, 0], [-1, 0]];
    return shifts
      .map(([dx, dy]) => {
        const left = Math.min(Math.max(x - wide / 2 + dx * (wide / 2 + 14), 4), width - wide - 4);
        const top = Math.min(Math.max(y - high / 2 + dy * (high / 2 + 14), 4), height - high - 4);
        return { left, top, right: left + wide, bottom: top + high, x, y };
      })
      .filter((box) => Math.hypot(Math.max(box.left - x, x - box.right, 0), Math.max(box.top - y, y - box.bottom, 0)) <= 16);
  }

  // a name in so many lines at most; what is too long without a blank, as in Thai or Japanese, is taken apart between its words
  function wrapped(text, widest, most) {
    const lines = [""];
    const pieces = text.split(/\s+/).flatMap((piece) => (pen.measureText(piece).width > widest ? apart(`${piece} `) : `${piece} `));
    for (const word of pieces) {
      const line = lines[lines.length - 1];
      if (!line || pen.measureText((line + word).trimEnd()).width <= widest) lines[lines.length - 1] += word;
      else if (lines.length < most) lines.push(word);
      else {
        lines[lines.length - 1] += "…";
        break;
      }
    }
    return lines.map((line) => {
      let cut = line.trim();
      while (cut.length > 3 && pen.measureText(cut).width > widest) cut = `${cut.slice(0, -2)}…`;
      return cut;
    });
  }

  function labelAt(x, y) {
    return drawn.find((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
  }

  function pointAt(x, y) {
    const px = view.x + (x - canvas.clientWidth / 2) / view.scale;
    const py = view.y - (y - canvas.clientHeight / 2) / view.scale;
    const reach = 8 / view.scale;
    let best = -1;
    let nearest = reach * reach;
    const steps = Math.min(Math.ceil(reach / cell), 4);
    for (let column = -steps; column <= steps; column++)
      for (let row = -steps; row <= steps; row++)
        for (const i of grid.get(`${Math.floor(px / cell) + column},${Math.floor(py / cell) + row}`) || []) {
          if (only !== null && points.colour[i] !== only) continue;
          const distance = (points.xs[i] - px) ** 2 + (points.ys[i] - py) ** 2;
          if (distance < nearest) [best, nearest] = [i, distance];
        }
    return best;
  }

  // pointers: one drags, two pinch
  const fingers = new Map();
  let start = null;
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    start = { x: event.offsetX, y: event.offsetY, moved: false };
    if (isDrawing) lasso = [here(event)];
  };
  canvas.onpointermove = (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return point(event);
    const [dx, dy] = [event.offsetX - before[0], event.offsetY - before[1]];
    if (Math.hypot(event.offsetX - start.x, event.offsetY - start.y) > 4) start.moved = true;
    if (lasso) {
      fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
      lasso.push(here(event));
      return later();
    }
    if (fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const far = (finger) => Math.hypot(finger[0] - other[0], finger[1] - other[1]);
      zoom(far([event.offsetX, event.offsetY]) / Math.max(far(before), 1), other[0], other[1]);
    } else move({ x: view.x - dx / view.scale, y: view.y + dy / view.scale, scale: view.scale });
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    tip.hidden = true;
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    fingers.delete(event.pointerId);
    if (lasso) return close(event.type !== "pointercancel" && start.moved);
    if (event.type === "pointercancel" || !start || start.moved) return;
    const label = labelAt(event.offsetX, event.offsetY);
    const found = label ? -1 : pointAt(event.offsetX, event.offsetY);
    if (label) setTriggerValue("cluster", label.id);
    else if (found >= 0) setTriggerValue("point", [found, points.xs.length]);
  };
  canvas.onpointerleave = () => (tip.hidden = true);

  const here = (event) => [view.x + (event.offsetX - middle[0]) / view.scale, view.y - (event.offsetY - middle[1]) / view.scale];

  // what has been drawn around goes to Python, with few corners
  function close(isWanted) {
    const corners = lasso;
    draws(false);
    if (!isWanted || corners.length < 3) return;
    const step = Math.max(1, Math.ceil(corners.length / 24));
    const few = corners.filter((_, number) => number % step === 0);
    if (few.length < 3) return;
    points.area = few;
    const digits = Math.max(0, Math.ceil(Math.log10(view.scale)) + 1);
    setTriggerValue("area", few.map(([x, y]) => [axes[0].from(x), axes[1].from(y)].map((value) => Number(value.toFixed(digits)))));
  }

  function point(event) {
    if (isDrawing) return;
    const label = labelAt(event.offsetX, event.offsetY);
    const found = label ? -1 : pointAt(event.offsetX, event.offsetY);
    canvas.style.cursor = label || found >= 0 ? "pointer" : "grab";
    tip.hidden = !label && found < 0;
    if (tip.hidden) return;
    const cluster = label || (points.label[found] >= 0 && { name: points.labels[points.label[found]][1] });
    const count = label && label.count !== null ? ` · ${label.count.toLocaleString("en")} conversation${label.count === 1 ? "" : "s"}` : "";
    const entries = label ? [] : points.legend.filter(([, colour]) => colour === points.colours[points.colour[found]]);
    const value = entries.length === 1 && entries[0][0] !== (cluster && cluster.name) ? ` · ${entries[0][0]}` : "";
    const said = label ? "" : points.said[found];
    tip.replaceChildren(document.createElement("b"), document.createElement("span"));
    tip.firstChild.textContent = (cluster ? cluster.name : "No name") + count + value;
    tip.lastChild.textContent = said || "";
    tip.style.left = `${Math.min(event.offsetX + 14, Math.max(canvas.clientWidth - tip.offsetWidth - 6, 4))}px`;
    tip.style.top = `${Math.min(event.offsetY + 14, canvas.clientHeight - tip.offsetHeight - 6)}px`;
  }

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  canvas.ondblclick = (event) => zoom(2, event.offsetX, event.offsetY);
  canvas.onkeydown = (event) => {
    const step = 60 / view.scale;
    const actions = {
      ArrowLeft: () => move({ ...view, x: view.x - step }),
      ArrowRight: () => move({ ...view, x: view.x + step }),
      ArrowUp: () => move({ ...view, y: view.y + step }),
      ArrowDown: () => move({ ...view, y: view.y - step }),
      "+": () => zoom(1.4),
      "=": () => zoom(1.4),
      "-": () => zoom(1 / 1.4),
      0: () => move(whole),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  };

  const watcher = new ResizeObserver(() => {
    if (canvas.clientWidth && points.byColour) {
      const isWhole = view.scale === whole.scale && view.x === whole.x;
      whole = fitted() || whole;
      if (isWhole) view = { ...whole };
      later();
    }
  });
  watcher.observe(frame);

  function show(data) {
    const key = `${data.xs.length}${data.xs.slice(0, 400)}${data.colour.slice(0, 4000)}${data.found}${JSON.stringify([data.focus, data.legend, data.area])}`;
    if (key === shown) return;
    const samePlaces = shown && points.packed === data.xs && points.focus === data.focus;
    shown = key;
    points = {
      ...data,
      packed: data.xs,
      xs: unpacked(data.xs, Float32Array),
      ys: unpacked(data.ys, Float32Array),
      colour: unpacked(data.colour, Uint8Array),
      label: unpacked(data.label, Int16Array),
      found: data.found && unpacked(data.found, Uint8Array),
    };
    axes = [shortened(points.xs), shortened(points.ys)];
    for (let i = 0; i < points.xs.length; i++) [points.xs[i], points.ys[i]] = [axes[0].to(points.xs[i]), axes[1].to(points.ys[i])];
    const moved = (corners) => corners.map(([x, y]) => [axes[0].to(x), axes[1].to(y)]);
    points.labels = data.labels.map(([id, name, places, ...rest]) => [id, name, moved(places), ...rest]);
    points.area = data.area && moved(data.area);
    points.byColour = points.colours.map(() => []);
    for (let i = 0; i < points.xs.length; i++) points.byColour[points.colour[i]].push(i);
    only = null;
    whole = fitted() || whole;
    cell = 12 / whole.scale;
    grid = new Map();
    for (let i = 0; i < points.xs.length; i++) {
      const place = `${Math.floor(points.xs[i] / cell)},${Math.floor(points.ys[i] / cell)}`;
      if (!grid.has(place)) grid.set(place, []);
      grid.get(place).push(i);
    }
    if (!samePlaces) view = { ...whole };
    if (data.focus && !samePlaces) {
      const inside = new Set(data.members);
      view = fitted((i) => inside.has(points.label[i]), 0.08) || view;
    }
    frame.dataset.points = points.xs.length;
    showLegend(data.legend);
    later();
  }

  function showLegend(entries) {
    legend.replaceChildren();
    entries.forEach(([text, colour]) => {
      const button = legend.appendChild(document.createElement("li")).appendChild(document.createElement("button"));
      const kind = points.colours.indexOf(colour);
      const dot = button.appendChild(document.createElement("i"));
      dot.style.background = colour;
      button.appendChild(document.createElement("span")).textContent = text;
      button.title = text;
      button.setAttribute("aria-pressed", "false");
      button.onclick = () => {
        only = only === kind ? null : kind;
        for (const other of legend.querySelectorAll("button"))
          other.setAttribute("aria-pressed", String(other === button && only !== null));
        later();
      };
    });
  }

  // the map as it is seen, with its legend below
  function save() {
    draw();
    const ratio = canvas.width / canvas.clientWidth;
    const line = 22 * ratio;
    const columns = Math.max(1, Math.floor(canvas.clientWidth / 210));
    const picture = document.createElement("canvas");
    picture.width = canvas.width;
    picture.height = canvas.height + line * Math.ceil(points.legend.length / columns) + line;
    const brush = picture.getContext("2d");
    brush.fillStyle = look.paper;
    brush.fillRect(0, 0, picture.width, picture.height);
    brush.drawImage(canvas, 0, 0);
    brush.font = `${13 * ratio}px ${look.font}`;
    brush.textBaseline = "middle";
    points.legend.forEach(([text, colour], number) => {
      const left = ((number % columns) * picture.width) / columns + 14 * ratio;
      const middle = canvas.height + line * (Math.floor(number / columns) + 1);
      brush.fillStyle = colour;
      brush.beginPath();
      brush.arc(left, middle, 5.5 * ratio, 0, 6.2832);
      brush.fill();
      brush.fillStyle = look.ink;
      brush.fillText(text.length > 28 ? `${text.slice(0, 27)}…` : text, left + 12 * ratio, middle);
    });
    picture.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "map.png";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  }

  return {
    show,
    close() {
      watcher.disconnect();
      cancelAnimationFrame(waiting);
    },
  };
}

// conversations of a cluster that a name must not lie on
const FEW = 10;

// of a name, where there is room for them
const LINES = 5;

// a text whose first letter is written from right to left
const RIGHT_TO_LEFT = /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "word" });

// the words of what has no blanks; what is none, such as a comma, stays with the one before
const apart = (text) =>
  [...SEGMENTER.segment(text)].reduce(
    (found, { segment, isWordLike }) => (isWordLike || !found.length ? [...found, segment] : [...found.slice(0, -1), found[found.length - 1] + segment]),
    [],
  );

const straight = { to: (value) => value, from: (value) => value };

const parts = (colour) => [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));

// An axis on which no gap is wider than two fifths of all the rest: one group far away would squeeze the others.
function shortened(values) {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length < 12) return straight;
  const gaps = [];
  for (let i = 1; i < sorted.length; i++) gaps.push({ start: sorted[i - 1], end: sorted[i], wide: sorted[i] - sorted[i - 1] });
  const widest = gaps.sort((a, b) => b.wide - a.wide).slice(0, 8);
  let all = sorted[sorted.length - 1] - sorted[0];
  for (let round = 0; round < 40; round++) {
    const gap = widest.reduce((one, other) => (other.wide > one.wide ? other : one));
    const most = 0.4 * (all - gap.wide);
    if (gap.wide <= most * 1.01 || most <= 0) break;
    all -= gap.wide - most;
    gap.wide = most;
  }
  const cut = widest.filter((gap) => gap.wide < gap.end - gap.start).sort((a, b) => a.start - b.start);
  if (!cut.length) return straight;
  const lost = (gap) => gap.end - gap.start - gap.wide;
  return {
    to: (value) => cut.reduce((place, gap) => place - lost(gap) * Math.min(Math.max((value - gap.start) / (gap.end - gap.start), 0), 1), value),
    from: (place) => cut.reduce((value, gap) => value + lost(gap) * Math.min(Math.max((value - gap.start) / gap.wide, 0), 1), place),
  };
}
